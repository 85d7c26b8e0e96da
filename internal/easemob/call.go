package easemob

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// call is one call of the contract.
type call struct {
	what       string // what it does and for whom, for errors: "listing alice's conversations"
	method     string
	path       string            // below the app's, with {placeholders}
	params     map[string]string // their values, not escaped
	query      url.Values
	body       any // sent as JSON; nil for none
	as         identity
	idempotent bool // a read or a deletion: may be tried again
	changes    bool // once it is sent, its answer is waited for whatever happens
	once       bool // not tried again when it may have been carried out: a second one would take more
	history    bool // it reads one conversation, and a refusal may concern that alone

	family string // one of the limiter's; "": limiter.FamilyOther
	user   string // whose own limit it counts against, where the family has one
}

// longWait is a wait that nobody should take for a program that hangs.
const longWait = 10 * time.Second

// do makes a call and decodes the answer's JSON into out. No error of it holds
// a secret, whatever the host says.
func (c *Client) do(ctx context.Context, k call, out any) error {
	var releases []func()
	defer func() {
		for _, release := range releases {
			release()
		}
	}()
	return c.secrets.Error(c.try(ctx, k, out, func(token Token) {
		releases = append(releases, c.secrets.Hold(token.Value))
	}))
}

// try makes a call, as often as the rule in retry.go allows, and decodes the
// answer's JSON into out (nil: not looked at). It gives uses each token before
// it sends it.
//
// The loop is ours and each attempt a single resty call: resty's own retries
// sleep on the wall clock, cap Retry-After by the backoff's longest wait, and
// know neither the pacing that every attempt needs nor the fresh token that a
// 401 asks for.
func (c *Client) try(ctx context.Context, k call, out any, uses func(Token)) error {
	if err := k.check(); err != nil {
		return err
	}
	body, err := k.encode()
	if err != nil {
		return err
	}
	token, err := c.tokens.get(ctx, k.as)
	if err != nil {
		return notSent(ctx, err)
	}
	uses(token)
	family := cmp.Or(k.family, limiter.FamilyOther)
	backoff := c.retry.backoff()
	var refused Token // the token that got a 401, once there was one
	failures, doubt := 0, false
	for attempt := 1; ; attempt++ {
		inFlight, err := c.limiter.Begin(ctx, family, k.user)
		if err != nil {
			if !doubt {
				err = notSent(ctx, err)
			}
			return fault.Wrap(fault.KindOf(err), err, "%s", k.what)
		}
		a := c.attempt(ctx, k, body, token, attempt)
		inFlight.End(a.outcome(ctx, c.clock.Now(), c.retry.MaxRetryAfter))
		if a.status == http.StatusUnauthorized && refused.Value == "" && token.Value != "" {
			refused = token
			a.release()
			if token, err = c.tokens.renew(ctx, k.as, refused); err != nil {
				return err
			}
			uses(token)
			continue
		}
		f := a.fault(ctx, k)
		if f == nil {
			c.tokens.worked(k.as, refused)
			err := a.decode(k, out)
			a.release()
			return err
		}
		a.release()
		failures++
		doubt = doubt || a.maybeDone()
		k.doubtful(f, doubt)
		if !retryable(k, a) || failures >= c.retry.Attempts {
			return f
		}
		wait := c.retry.wait(c.limiter.Limits()[family].User, a, backoff.NextBackOff(), c.clock.Now())
		c.warnOfWait(f, wait)
		if err := c.limiter.Park(ctx, wait); err != nil {
			f.Err = err
			return f
		}
	}
}

// doubtful says in a fault whether the call may have been carried out.
func (k call) doubtful(f *fault.Error, doubt bool) {
	f.NotDone = k.changes && !doubt
	if k.once && doubt {
		f.Hint = "it may have been carried out all the same, so it was not tried again: look at what is there now"
	}
}

// warnOfWait says that a call waits long before it is tried again.
func (c *Client) warnOfWait(f *fault.Error, wait time.Duration) {
	if wait >= longWait && c.tokens.warn != nil {
		c.tokens.warn(fmt.Errorf("%w; trying again in %s", c.secrets.Error(f), wait.Round(time.Second)))
	}
}

// check refuses what cannot stand in a path: an empty name, or dots.
func (k call) check() error {
	for name, value := range k.params {
		if !isPathSegment(value) {
			return fault.New(fault.Usage, "%s: %q is not a %s ID", k.what, value, name)
		}
	}
	return nil
}

func (k call) encode() ([]byte, error) {
	if k.body == nil {
		return nil, nil
	}
	b, err := json.Marshal(k.body)
	if err != nil {
		return nil, fault.Wrap(fault.Bug, err, "%s", k.what)
	}
	return b, nil
}

// notSent marks the error of a call whose context ended before it was sent, or
// before it was sent again where the service had refused it.
func notSent(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return roaming.NotSent{Err: err}
}
