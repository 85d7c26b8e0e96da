package app

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/config"
)

// BackupOptions are what all backups of this process have in common.
func (a *App) BackupOptions(ctx context.Context) (backup.Options, error) {
	target, err := a.Target(ctx)
	if err != nil {
		return backup.Options{}, err
	}
	fetcher, err := a.AttachmentFetcher(ctx)
	if err != nil {
		return backup.Options{}, err
	}
	return backup.Options{
		Tool: "roamctl " + a.Version, AppKey: target.AppKey, Host: target.Host, Now: a.Now, Fetcher: fetcher,
	}, nil
}

// AttachmentFetcher fetches the URLs in messages. Strangers wrote them, so they must
// not reach into the operator's network: if the service has a private address, only
// that host is asked, also for the app's own files at another one; otherwise only
// public hosts are.
func (a *App) AttachmentFetcher(ctx context.Context) (*attachments.Fetcher, error) {
	target, err := a.Target(ctx)
	if err != nil {
		return nil, err
	}
	host, err := config.ParseHost(target.Host)
	if err != nil {
		return nil, err
	}
	if !isPrivate(host) {
		return attachments.New(attachments.Public(), nil), nil
	}
	transport, err := a.attachmentTransport(ctx)
	if err != nil {
		return nil, err
	}
	files := ownFiles{transport, host, "/" + strings.Replace(target.AppKey, "#", "/", 1) + "/chatfiles/"}
	return attachments.New(files, func(u *url.URL) error {
		if !strings.EqualFold(u.Host, host.Host) && !files.has(u) {
			return fmt.Errorf("%s is not the service's host", u.Host)
		}
		return nil
	}), nil
}

// attachmentTransport reaches a service that has a private address.
func (a *App) attachmentTransport(ctx context.Context) (http.RoundTripper, error) {
	if a.Global.Sandbox {
		box, err := a.OpenSandbox(ctx)
		if err != nil {
			return nil, err
		}
		return box.Transport(), nil
	}
	s, err := a.Settings()
	if err != nil {
		return nil, err
	}
	return Transport(s, s.Timeout)
}

// ownFiles requests an app's own files at the service's host, whatever host their URLs
// name, as the vendor's web client does (docs/contract.md, section 6). A sandbox that
// was started again has another port than its messages' URLs.
type ownFiles struct {
	next http.RoundTripper
	host *url.URL // of the service
	path string   // of the app's files
}

func (o ownFiles) has(u *url.URL) bool { return strings.HasPrefix(u.Path, o.path) }

// RoundTrip implements http.RoundTripper.
func (o ownFiles) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.has(r.URL) {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = o.host.Scheme, o.host.Host, ""
	}
	return o.next.RoundTrip(r)
}

// isPrivate reports whether a service is at a private address.
func isPrivate(host *url.URL) bool {
	name := host.Hostname()
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return name == "localhost" || strings.HasSuffix(name, ".localhost")
	}
	return ip.IsLoopback() || ip.IsPrivate()
}
