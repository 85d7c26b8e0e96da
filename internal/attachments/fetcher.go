// Package attachments downloads the files that messages refer to, for backups and
// archives.
package attachments

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	maxRedirects = 5
	// secretHeader carries an attachment's own secret (docs/contract.md, section 6).
	secretHeader = "Share-Secret"
)

// MaxSize is the size in bytes of the largest attachment that the service keeps, and
// KeptFor how long it does, by default (docs/contract.md, section 6).
const (
	MaxSize = 10 << 20
	KeptFor = 7 * 24 * time.Hour
)

// ExpiresAt returns when the service may delete an attachment that was sent at a time;
// zero for a time that is missing or implausible.
func ExpiresAt(sent time.Time) time.Time {
	const firstYear = 2010 // the service is younger
	if sent.Year() < firstYear {
		return time.Time{}
	}
	return sent.Add(KeptFor)
}

var (
	// ErrRefused is the error for a URL that is not requested, such as one of a
	// private host.
	ErrRefused = errors.New("the URL is refused")
	// ErrHost is the ErrRefused for a host that is not allowed.
	ErrHost = fmt.Errorf("the host is not allowed: %w", ErrRefused)
	// ErrScheme is the ErrRefused for a URL that is neither http nor https: no server has
	// a file there.
	ErrScheme = fmt.Errorf("not a URL of the web: %w", ErrRefused)
	// ErrDenied is the error for a 403 or 410: a signature that expired, perhaps.
	ErrDenied = errors.New("the server denies the attachment")
	// ErrExpired is the fs.ErrNotExist for a file that the service had and no longer keeps.
	ErrExpired = fmt.Errorf("the file has expired: %w", fs.ErrNotExist)
	// ErrTooLarge is LimitedWriter's error.
	ErrTooLarge = errors.New("the attachment is too large")
)

// IsExpired reports whether the service no longer keeps a file, by the error of its
// download. late says that it may have deleted the file: any 403, 404 or 410 means that
// it has.
func IsExpired(err error, late bool) bool {
	return errors.Is(err, ErrExpired) || late && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrDenied))
}

// marked is an error of a kind, such as ErrRefused, with a text of its own.
type marked struct {
	error

	kind error
}

// Is implements the interface of errors.Is.
func (m marked) Is(target error) bool { return errors.Is(m.kind, target) }

// Fetcher downloads attachments over HTTP. Strangers wrote their URLs, so it
// accepts http and https only. It sends no credentials but the attachment's own
// secret, and that to the URL's own host only. It has no access to tokens.
type Fetcher struct {
	client  *http.Client
	timeout time.Duration // of one attachment
}

// New returns a Fetcher. allow refuses a URL, also that of a redirect, with an
// error; nil allows all. It gets names, not addresses: use the transport Public
// to refuse private addresses. The transport must not add credentials.
func New(transport http.RoundTripper, allow func(*url.URL) error) *Fetcher {
	check := func(u *url.URL) error {
		if err := checkURL(u); err != nil || allow == nil {
			return err
		}
		if err := allow(u); err != nil {
			return marked{err, ErrHost}
		}
		return nil
	}
	return &Fetcher{timeout: 2 * time.Minute, client: &http.Client{
		Transport:     checkedTransport{transport, check},
		CheckRedirect: checkRedirect,
	}}
}

// checkedTransport checks the URL of every request, redirects included.
type checkedTransport struct {
	next  http.RoundTripper
	check func(*url.URL) error
}

// RoundTrip implements http.RoundTripper. An answer with a Location that is no URL
// is an error here: the client's own error has the Location, which may be signed.
func (c checkedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := c.check(r.URL); err != nil {
		return nil, err
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if _, err := url.Parse(resp.Header.Get("Location")); err != nil && resp.StatusCode/100 == 3 {
		_ = resp.Body.Close() // the error is the one below
		return nil, errors.New("the server redirects to what is not a URL")
	}
	return resp, nil
}

// CheckURL returns the ErrRefused of a URL that a Fetcher never requests. Of another URL
// only a request says.
func CheckURL(rawURL string) error {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil //nolint:nilerr // a Fetcher has its own error for it
	}
	return checkURL(u)
}

func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return marked{fmt.Errorf("only http and https are fetched, not %q", u.Scheme), ErrScheme}
	case u.Hostname() == "":
		return marked{errors.New("the URL has no host"), ErrRefused}
	case u.User != nil:
		return marked{errors.New("the URL has a password"), ErrRefused}
	}
	return nil
}

// checkRedirect removes the attachment's secret from requests to other hosts,
// and from unencrypted ones.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirections", maxRedirects)
	}
	first := via[0].URL
	if r.URL.Host != first.Host || first.Scheme == "https" && r.URL.Scheme != "https" {
		r.Header.Del(secretHeader)
	}
	r.Header.Del("Referer")
	return nil
}

// Public returns a transport that connects to addresses of the public internet
// only, whatever a name resolves to. It refuses this machine, private networks,
// link-local addresses (cloud metadata among them) and multicast. It uses no
// proxy, because a proxy resolves names itself.
func Public() *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, Control: checkPublic}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       30 * time.Second,
	}
}

// checkPublic checks the address before a connection.
func checkPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := to.Addr().Unmap()
	private := !ip.IsGlobalUnicast() || ip.IsPrivate()
	for _, special := range specialPrefixes() {
		private = private || netip.MustParsePrefix(special).Contains(ip)
	}
	if private {
		return marked{fmt.Errorf("%s is not a public address", ip), ErrHost}
	}
	return nil
}

// specialPrefixes are the addresses of IANA's registries for special purposes that are
// not public, or that have an address of IPv4 in them which may not be, besides those
// that net/netip knows.
func specialPrefixes() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", // this network, carriers, protocols, benchmarks, reserved
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10", // with IPv4: compatible, NAT64, Teredo, 6to4; site-local
	}
}
