// Package attachments fetches the files that messages refer to, for backups.
package attachments

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"github.com/roamctl/roamctl/internal/secrets"
)

// maxRedirects is how often a server may send us elsewhere.
const maxRedirects = 5

// Fetcher gets attachments over HTTP. Their URLs are whatever a message's
// sender wrote, so it is careful: only http and https, no credentials but the
// attachment's own secret, and that to the URL's own host only. The App Key's
// tokens are not known here. A URL may well name an address inside the
// operator's network: see Options.Allow.
type Fetcher struct {
	client  *http.Client
	timeout time.Duration
}

// Options are how to fetch.
type Options struct {
	// Transport makes the requests; it must not add credentials. nil for
	// http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout is for one attachment, from the request to the last byte; 0 for
	// two minutes.
	Timeout time.Duration
	// Allow refuses URLs with an error, redirections too; nil allows all. It
	// sees names, not the addresses that they resolve to: to keep requests off
	// private addresses give a Transport whose dialer refuses them (Public).
	Allow func(*url.URL) error
}

// New makes a Fetcher.
func New(o Options) *Fetcher {
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Minute
	}
	check := func(u *url.URL) error {
		if err := checkURL(u); err != nil || o.Allow == nil {
			return err
		}
		return o.Allow(u)
	}
	return &Fetcher{timeout: o.Timeout, client: &http.Client{
		Transport:     checked{o.Transport, check},
		CheckRedirect: redirect,
	}}
}

// checked looks at every URL before it is requested, redirections included.
type checked struct {
	next  http.RoundTripper
	check func(*url.URL) error
}

// RoundTrip refuses, or passes on.
func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := c.check(r.URL); err != nil {
		return nil, err
	}
	return c.next.RoundTrip(r)
}

func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("only http and https are fetched, not %q", u.Scheme)
	}
	if u.Hostname() == "" {
		return errors.New("the URL names no host")
	}
	if u.User != nil {
		return errors.New("the URL holds a password")
	}
	return nil
}

// redirect keeps the attachment's secret from other hosts, and from the clear.
func redirect(r *http.Request, via []*http.Request) error {
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

// secretHeader carries an attachment's own secret (contract, section 6).
const secretHeader = "Share-Secret"

// Fetch gets the attachment at a URL, with its secret where it has one, and
// writes it to w as it comes. Whatever is not a 200 is an error; errors name
// no query, which may hold a signature.
func (f *Fetcher) Fetch(ctx context.Context, rawURL, secret string, w io.Writer) (n int64, err error) {
	var known secrets.Redactor
	known.Add(secret)
	n, err = f.fetch(ctx, rawURL, secret, w)
	return n, known.Error(err)
}

func (f *Fetcher) fetch(ctx context.Context, rawURL, secret string, w io.Writer) (n int64, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("it took longer than %s", f.timeout))
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, http.NoBody)
	if err != nil {
		return 0, errors.New("it is not a URL")
	}
	if secret != "" {
		req.Header.Set(secretHeader, secret)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return 0, withoutURL(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, statusError{resp.StatusCode, resp.Status}
	}
	n, err = io.Copy(w, resp.Body)
	if err == nil && resp.ContentLength >= 0 && n != resp.ContentLength && !resp.Uncompressed {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// statusError is an answer that is not the attachment.
type statusError struct {
	code   int
	status string
}

// Error says what the server answered.
func (e statusError) Error() string { return "the server answered " + e.status }

// Is makes a 404 an fs.ErrNotExist.
func (e statusError) Is(target error) bool {
	return e.code == http.StatusNotFound && target == fs.ErrNotExist
}

// withoutURL is the cause of a failed request.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
