package easemob

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"

	"github.com/go-resty/resty/v2"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// answer is what one HTTP attempt came to: a status with its body, or err.
type answer struct {
	sent   int // the status that came
	status int // what it amounts to: a 200 may carry an error
	header http.Header
	body   []byte
	err    error
	final  bool // err will be the same next time

	release func() // the turn of a large answer
	host    string
}

// attempt sends a call once.
func (c *Client) attempt(ctx context.Context, k call, body []byte, token Token, number int) answer {
	start := c.clock.Now()
	attemptCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.retry.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if !k.changes && !roaming.IsEnough(context.Cause(ctx)) {
			cancel()
		}
	})()

	r := c.http.R().SetContext(attemptCtx).SetDoNotParseResponse(true)
	maps.Copy(r.PathParams, k.params)
	if k.query != nil {
		r.QueryParam = k.query
	}
	if body != nil {
		r.SetHeader("Content-Type", "application/json").SetBody(body)
	}
	if token.Value != "" {
		r.SetAuthToken(token.Value)
	}
	resp, err := r.Execute(k.method, k.path)

	a := answer{release: func() {}, host: c.host}
	if resp != nil && resp.RawResponse != nil {
		a.header = resp.Header()
		c.service.date(a.header, c.clock.Now())
		if err == nil {
			a.body, err = readBody(attemptCtx, resp.RawResponse, func(ctx context.Context) error {
				err := c.large.Acquire(ctx, 1)
				if err == nil {
					a.release = func() { c.large.Release(1) }
				}
				return err
			})
		}
		if err == nil {
			a.sent = resp.StatusCode()
			a.status = a.amountsTo()
		}
	}
	a.err, a.final = err, ctx.Err() != nil || isFinal(err)
	if c.trace != nil {
		x := exchange(k, r, a, body, number, c.clock.Now().Sub(start))
		for _, text := range []*string{&x.URL, &x.Body, &x.Err, &x.RequestID} {
			*text = c.secrets.Text(*text)
		}
		c.trace(x)
	}
	return a
}

// isFinal tells of transport errors that another try will not better.
func isFinal(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	return badCertificate || errors.Is(err, resty.ErrResponseBodyTooLarge)
}

// jsonReader is an answer that reads its own JSON: that of a page of messages,
// for which encoding/json takes half a millisecond.
type jsonReader interface{ readJSON(body []byte) error }

// decode reads a good answer's JSON.
func (a answer) decode(k call, out any) error {
	if out == nil {
		return nil
	}
	read := func() error { return json.Unmarshal(a.body, out) }
	if r, ok := out.(jsonReader); ok {
		read = func() error { return r.readJSON(a.body) }
	}
	if err := read(); err != nil {
		f := fault.Wrap(fault.Network, err, "%s: the answer is not the JSON that was expected", k.what)
		f.Status, f.RequestID = a.sent, requestID(a.header)
		return f.WithHint("check the host setting, and whether a proxy answers in the service's place")
	}
	return nil
}
