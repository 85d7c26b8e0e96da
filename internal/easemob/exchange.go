package easemob

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/go-resty/resty/v2"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// exchange is a call in progress. resty makes its attempts and calls before and
// after around each (docs/adr/0018-what-the-frameworks-do.md).
type exchange struct {
	c        *Client
	call     call
	ctx      context.Context
	family   string
	body     []byte
	backoff  *backoff.ExponentialBackOff
	token    Token
	refused  Token    // the token that got a 401
	releases []func() // of the tokens sent

	inFlight *limiter.Call // nil between attempts
	began    time.Time
	answer   answer       // to the last attempt
	fault    *fault.Error // its fault, if any
	failures int
	doubt    bool          // the service may have carried out a failed attempt
	again    bool          // another attempt follows,
	wait     time.Duration // after this time
	err      error         // why it was not sent
}

type exchangeKey struct{} // of the exchange in a request's context

func (x *exchange) do(out any) (err error) {
	if err := x.call.check(); err != nil {
		return err
	}
	if x.call.body != nil {
		if x.body, err = json.Marshal(x.call.body); err != nil {
			return fault.Wrap(fault.Bug, err, "%s", x.call.what)
		}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(x.ctx))
	defer cancel()
	defer context.AfterFunc(x.ctx, func() {
		if !x.call.changes && !roaming.IsEnough(context.Cause(x.ctx)) {
			cancel()
		}
	})()
	resp, err := x.request(ctx).Execute(x.call.method, x.call.path)
	if x.inFlight != nil { // resty calls no retry condition after ctx has ended
		x.after(resp, err)
	}
	switch {
	case x.err != nil:
		return x.err
	case x.again: // ctx ended during the backoff
		x.fault.Err = cmp.Or(x.ctx.Err(), err)
		return x.fault
	case x.fault != nil:
		return x.fault
	}
	x.c.tokens.worked(x.call.as, x.token, x.refused)
	return x.answer.decode(x.call, out)
}

func (x *exchange) close() {
	x.releaseAnswer()
	for _, release := range x.releases {
		release()
	}
}

// releaseAnswer ends the turn of a large answer.
func (x *exchange) releaseAnswer() {
	if release := x.answer.release; release != nil {
		x.answer.release = nil
		release()
	}
}

func (x *exchange) request(ctx context.Context) *resty.Request {
	r := x.c.http.R().SetContext(context.WithValue(ctx, exchangeKey{}, x)).
		SetDoNotParseResponse(true).
		SetPathParams(x.call.params).
		SetQueryParamsFromValues(x.call.query).
		AddRetryCondition(x.after)
	if x.body != nil {
		r.SetHeader("Content-Type", "application/json").SetBody(x.body)
	}
	return r
}

// before is resty's hook before each attempt: it waits for the backoff, sets the
// token and waits for the limiter. After an error, which is x.ctx's or that of a
// token, resty sends nothing.
func (x *exchange) before(r *resty.Request) error {
	if x.again && x.answer.status != http.StatusUnauthorized {
		if err := x.c.limiter.Park(x.ctx, x.wait); err != nil {
			return err
		}
	}
	x.again = false
	err := x.authenticate()
	if err == nil {
		x.inFlight, err = x.c.limiter.Begin(x.ctx, x.family, x.call.user)
		if err != nil {
			err = fault.Wrap(fault.KindOf(err), err, "%s", x.call.what)
		}
	}
	if err != nil && !x.doubt && x.ctx.Err() != nil {
		err = roaming.NotSent{Err: err}
	}
	r.SetAuthToken(x.token.Value)
	x.err, x.began = err, x.c.clock.Now()
	return err
}

// authenticate gets a token, or another one after a 401.
func (x *exchange) authenticate() (err error) {
	switch {
	case x.token.Value != "":
		return nil
	case x.refused.Value != "":
		x.token, err = x.c.tokens.renew(x.ctx, x.call.as, x.refused)
	default:
		x.token, err = x.c.tokens.get(x.ctx, x.call.as)
	}
	if err == nil {
		x.releases = append(x.releases, x.c.secrets.Hold(x.token.Value))
	}
	return err
}

// after is resty's retry condition: it reads the answer to an attempt and reports
// whether another one follows. After a 401 any call is retried once with a fresh
// token.
func (x *exchange) after(resp *resty.Response, err error) bool {
	if x.inFlight == nil { // before failed
		return false
	}
	a := x.c.answer(x.ctx, resp, err)
	x.answer, x.fault = a, a.fault(x.ctx, x.call)
	x.inFlight.End(a.outcome(x.ctx, x.c.clock.Now()))
	x.inFlight = nil
	if x.c.trace != nil {
		x.trace(resp)
	}
	if x.fault == nil {
		return false
	}
	x.releaseAnswer()
	x.doubt = x.doubt || a.maybeDone()
	x.call.markDoubt(x.fault, x.doubt)
	if x.renews(a) {
		x.refused, x.token, x.again = x.token, Token{}, true
		return true
	}
	x.failures++
	x.again = x.call.retryable(a) && x.failures < x.c.retry.Attempts
	if x.again {
		x.wait = x.c.retry.wait(x.c.limiter.Limits()[x.family].Slow(), a, x.backoff.NextBackOff(), x.c.clock.Now())
		x.warnOfWait()
	}
	return x.again
}

// renews reports whether an attempt with a fresh token follows.
func (x *exchange) renews(a answer) bool {
	return a.status == http.StatusUnauthorized && !x.call.probe && x.refused.Value == "" && x.token.Value != "" &&
		x.token.replaceable(a, x.c.clock.Now())
}

// warnOfWait warns of a wait that could be taken for a hang.
func (x *exchange) warnOfWait() {
	const long = 10 * time.Second
	if warn := x.c.tokens.warn; x.wait >= long && warn != nil {
		warn(fmt.Errorf("%w; retrying in %s", x.c.secrets.Error(x.fault), x.wait.Round(time.Second)))
	}
}
