package app

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/backup"
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
// that host is allowed; otherwise only public ones.
func (a *App) AttachmentFetcher(ctx context.Context) (*attachments.Fetcher, error) {
	target, err := a.Target(ctx)
	if err != nil {
		return nil, err
	}
	own, private := privateHost(target.Host)
	if !private {
		return attachments.New(attachments.Public(), nil), nil
	}
	s, err := a.Settings()
	if err != nil {
		return nil, err
	}
	transport, err := Transport(s, s.Timeout)
	if err != nil {
		return nil, err
	}
	return attachments.New(transport, func(u *url.URL) error {
		if !strings.EqualFold(u.Host, own) {
			return fmt.Errorf("%s is not the service's host", u.Host)
		}
		return nil
	}), nil
}

// privateHost reports whether a service is at a private address, and returns its
// host and port.
func privateHost(host string) (own string, private bool) {
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Host
	}
	name := host
	if u, err := url.Parse("//" + host); err == nil {
		name = u.Hostname()
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return host, name == "localhost" || strings.HasSuffix(name, ".localhost")
	}
	return host, ip.IsLoopback() || ip.IsPrivate()
}
