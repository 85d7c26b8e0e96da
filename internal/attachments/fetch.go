package attachments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/secrets"
)

// Part is what there is of a file that was downloaded in part.
type Part struct {
	Size int64  // in bytes; 0 for nothing
	Tag  string // of Target.Begin
}

// Target is where a download goes.
type Target interface {
	// Begin is called once before the first Write. The content begins at offset: the
	// size of the Part, or 0 if the server sends all of the file. size is that of the
	// file, -1 if the server does not say. With tag, unless it is "", the download can
	// be continued.
	Begin(offset, size int64, tag string) error
	io.Writer
}

// Fetch downloads the attachment at a URL to w, with its secret if it has one.
// Any status but 200 is an error: 404 is an fs.ErrNotExist, and an ErrExpired if the
// service says so; 403 and 410 are an ErrDenied. Errors contain no query, which may have a signature.
func (f *Fetcher) Fetch(ctx context.Context, rawURL, secret string, w io.Writer) error {
	return f.Resume(ctx, rawURL, secret, Part{}, all{w})
}

// all is a Target that can't continue.
type all struct{ io.Writer }

// Begin implements Target.
func (all) Begin(int64, int64, string) error { return nil }

// Resume is Fetch that continues after a part, if the server has the same file still
// and sends the rest of it.
func (f *Fetcher) Resume(ctx context.Context, rawURL, secret string, have Part, to Target) error {
	var known secrets.Redactor
	known.Add(secret)
	return known.Error(f.resume(ctx, rawURL, secret, have, to))
}

func (f *Fetcher) resume(ctx context.Context, rawURL, secret string, have Part, to Target) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("it took longer than %s", f.timeout))
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	resp, err := f.request(ctx, rawURL, secret, have)
	if err == nil && have.Tag != "" && !useful(resp, have) {
		_ = resp.Body.Close() // the next answer counts
		have = Part{}
		resp, err = f.request(ctx, rawURL, secret, have)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := statusOf(resp, have); err != nil {
		return err
	}
	offset, size, tag := int64(0), int64(-1), strongTag(resp)
	if resp.StatusCode == http.StatusPartialContent {
		offset = have.Size
	}
	if resp.ContentLength >= 0 && !resp.Uncompressed {
		size = offset + resp.ContentLength
	}
	if err := to.Begin(offset, size, tag); err != nil {
		return err
	}
	n, err := io.Copy(to, resp.Body)
	if err == nil && size >= 0 && offset+n != size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (f *Fetcher) request(ctx context.Context, rawURL, secret string, have Part) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, http.NoBody)
	if err != nil {
		return nil, errors.New("it is not a URL")
	}
	if secret != "" {
		req.Header.Set(secretHeader, secret)
	}
	if have.Tag != "" {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have.Size))
		req.Header.Set("If-Range", have.Tag)
	}
	resp, err := f.client.Do(req)
	if e, ok := errors.AsType[*url.Error](err); ok {
		return nil, e.Err // without the URL
	}
	return resp, err
}

// useful reports whether an answer to a request for the rest of a file is that, all of
// the file, or an error that does not come from the request for a part.
func useful(resp *http.Response, have Part) bool {
	switch resp.StatusCode {
	case http.StatusPartialContent:
		from := fmt.Sprintf("bytes %d-", have.Size)
		return strings.HasPrefix(resp.Header.Get("Content-Range"), from) && resp.Header.Get("Content-Encoding") == ""
	case http.StatusRequestedRangeNotSatisfiable:
		return false
	}
	return true
}

// strongTag is the ETag that names the exact bytes of an answer; "" for none.
func strongTag(resp *http.Response) string {
	const maxTag = 200
	tag := resp.Header.Get("ETag")
	if len(tag) > maxTag || !strings.HasPrefix(tag, `"`) || resp.Uncompressed {
		return ""
	}
	return tag
}

// statusError is the error for a status that may be another one soon.
type statusError struct {
	error

	retryAfter time.Duration
}

// statusOf returns the error of an answer without the file; nil for one with it.
func statusOf(resp *http.Response, have Part) error {
	err := fmt.Errorf("the server answered %s", resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusOK, code == http.StatusPartialContent && have.Tag != "":
		return nil
	case code == http.StatusNotFound && hasExpired(resp.Body):
		return fmt.Errorf("%w: %w", err, ErrExpired)
	case code == http.StatusNotFound:
		return fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	case code == http.StatusForbidden, code == http.StatusGone:
		return marked{err, ErrDenied}
	case code == http.StatusTooManyRequests, code >= http.StatusInternalServerError:
		return statusError{err, retryAfter(resp.Header)}
	}
	return err
}

// hasExpired reports whether a 404 says that the service no longer keeps the file
// (docs/contract.md, section 6), and not that there never was one.
func hasExpired(body io.Reader) bool {
	const most = 4 << 10
	var answer struct {
		Error string `json:"error"`
	}
	return json.NewDecoder(io.LimitReader(body, most)).Decode(&answer) == nil && answer.Error == "file_expired"
}

// retryAfter reads a Retry-After header: seconds, or a date by the server's clock. It
// is 0 without one that makes sense.
func retryAfter(h http.Header) time.Duration {
	const most = math.MaxUint16 * time.Second
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 16); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(value)
	now, clockErr := http.ParseTime(h.Get("Date"))
	if err != nil || clockErr != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), most)
}

// Temporary reports whether the same request may succeed soon: after a 429, a 5xx or
// a broken connection. after is how long the server asks to wait; 0 if it does
// not say.
func Temporary(err error) (yes bool, after time.Duration) {
	if s, ok := errors.AsType[statusError](err); ok {
		return true, s.retryAfter
	}
	if errors.Is(err, ErrRefused) {
		return false, 0
	}
	_, broken := errors.AsType[*net.OpError](err)
	return broken || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF), 0
}

// Reason is the text of an error, which may have texts of the server, in at most 300
// bytes.
func Reason(err error) string {
	const most = 300
	reason := err.Error()
	if len(reason) <= most {
		return reason
	}
	reason = reason[:most]
	for !utf8.ValidString(reason) && len(reason) > most-utf8.UTFMax {
		reason = reason[:len(reason)-1]
	}
	return reason + "..."
}
