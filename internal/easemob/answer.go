package easemob

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
)

// answer is the answer to one attempt: a status and a body, or err.
type answer struct {
	sent   int // the HTTP status
	status int // what it means: a 200 may carry an error
	header http.Header
	body   []byte
	err    error
	final  bool // a retry would meet err again

	wrongRight bool // a fresh token of the same kind may not help

	release func() // ends the turn of a large answer, if not nil
	host    string
}

// answer reads the answer to an attempt.
func (c *Client) answer(ctx context.Context, resp *resty.Response, err error) answer {
	a := answer{host: c.host, err: err}
	if resp == nil { // resty could not make a request of the call
		a.final = true
		return a
	}
	a.header = resp.Header()
	c.service.noteDate(a.header, c.clock.Now())
	if err == nil {
		a.body, a.err = readBody(resp.Request.Context(), resp.RawResponse, func(ctx context.Context) error {
			err := c.large.Acquire(ctx, 1)
			if err == nil {
				a.release = func() { c.large.Release(1) }
			}
			return err
		})
	}
	if a.err == nil {
		a.sent = resp.StatusCode()
		a.status, a.wrongRight = a.meaning()
	}
	a.final = ctx.Err() != nil || isFinal(a.err)
	return a
}

// meaning returns the status that an answer means, and whether it is the refusal of
// a token's right.
func (a answer) meaning() (status int, wrongRight bool) {
	if isSuccess(a.sent) && !bytes.Contains(a.body, []byte(`"error`)) && !bytes.Contains(a.body, []byte(`"exception"`)) {
		return a.sent, false // without decoding the page
	}
	var b errorBody
	if unmarshal(a.body, &b) != nil || b.Error == "" && b.Exception == "" && b.Code == "" {
		if isSuccess(a.sent) || b.Description == "" {
			return a.sent, false
		}
	}
	return b.meaning(a.sent), b.known(a.sent).wrongRight
}

// isFinal reports whether a retry would meet a transport error again.
func isFinal(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	return badCertificate || errors.Is(err, resty.ErrResponseBodyTooLarge)
}

// maybeDone reports whether the service may have carried out a failed attempt. It
// has not after a refusal, after a limit (docs/contract.md, section 10) or without a
// connection. A 200 with an unknown error may be half done.
func (a answer) maybeDone() bool {
	if a.err != nil {
		op, ok := errors.AsType[*net.OpError](a.err)
		return !ok || op.Op != "dial"
	}
	contradictory := a.sent == http.StatusOK && a.status == http.StatusBadRequest
	return contradictory || a.status == http.StatusRequestTimeout || a.status >= 500
}

// outcome is the attempt as the limiter sees it.
func (a answer) outcome(ctx context.Context, now time.Time) limiter.Outcome {
	switch {
	case a.err != nil && ctx.Err() != nil:
		return limiter.Outcome{Result: limiter.Cancelled}
	case a.status == http.StatusTooManyRequests:
		after, _ := retryAfter(a.header, now)
		return limiter.Outcome{Result: limiter.Refused, RetryAfter: min(after, maxRetryAfter)}
	case a.err != nil || a.status == http.StatusRequestTimeout || a.status >= http.StatusInternalServerError:
		return limiter.Outcome{Result: limiter.Overloaded}
	}
	return limiter.Outcome{Result: limiter.Answered}
}

// decode reads the JSON of a good answer into out, unless that is nil.
func (a answer) decode(k call, out any) error {
	if out == nil {
		return nil
	}
	if err := unmarshal(a.body, out); err != nil {
		f := fault.Wrap(fault.Network, err, "%s: the answer is not the expected JSON", k.what)
		f.Status, f.RequestID = a.sent, requestID(a.header)
		return f.WithHint(notTheService)
	}
	return nil
}

// notTheService is the hint where something else than the service answers.
const notTheService = "check the host setting, and whether a proxy answers instead of the service"

// Bounds of answers in bytes, uncompressed. The largest real ones are 50 messages
// of 5 kB in base64, about 400 kB, and as many conversations. Larger ones take
// turns, so that concurrent calls do not fill the memory.
const (
	smallAnswer  = 512 << 10
	maxAnswer    = 4 << 20
	largeAnswers = 8        // in memory at once
	usualAnswer  = 16 << 10 // room made for one without a length: half a page of history
)

// readBody reads and closes an answer's body, compressed or not, of at most
// maxAnswer bytes. It waits for turn before it reads more than smallAnswer. resty
// itself reads 512 bytes at a time, and copies a page of history ten times as its
// buffer grows.
func readBody(ctx context.Context, resp *http.Response, turn func(context.Context) error) ([]byte, error) {
	defer resp.Body.Close()
	var in io.Reader = resp.Body
	room := int64(usualAnswer)
	if resp.ContentLength >= 0 {
		room = min(resp.ContentLength, smallAnswer)
	}
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") && resp.ContentLength != 0 {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = unpacked
	}
	var b bytes.Buffer
	b.Grow(int(room) + bytes.MinRead) // without MinRead to spare it would grow to see the end
	if _, err := b.ReadFrom(io.LimitReader(in, smallAnswer+1)); err != nil {
		return nil, err
	}
	if b.Len() <= smallAnswer {
		return b.Bytes(), nil
	}
	if err := turn(ctx); err != nil {
		return nil, err
	}
	if _, err := b.ReadFrom(io.LimitReader(in, maxAnswer-smallAnswer)); err != nil {
		return nil, err
	}
	if b.Len() > maxAnswer {
		return nil, resty.ErrResponseBodyTooLarge
	}
	return b.Bytes(), nil
}
