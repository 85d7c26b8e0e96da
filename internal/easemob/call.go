package easemob

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
)

// call is one call of docs/contract.md.
type call struct {
	what       string // what it does and for whom, for errors: "listing alice's conversations"
	method     string
	path       string            // below the app's, with {placeholders}
	params     map[string]string // their values, not escaped
	query      url.Values
	body       any // sent as JSON; nil for none
	as         identity
	idempotent bool // a read or a deletion: may be retried
	changes    bool // once sent, it is not cancelled
	once       bool // deletes everything: not retried when the service may have carried it out
	probe      bool // tries a kind of token: no fresh one follows a 401
	history    bool // reads one conversation, which alone a refusal may concern

	family string // one of the limiter's; "": limiter.FamilyOther
	user   string // whose own limit it counts against, where the family has one
}

// get is a read that the app itself makes.
func get(what, path string, params map[string]string, query url.Values) call {
	return call{what: what, method: http.MethodGet, path: path, params: params, query: query, as: asApp(), idempotent: true}
}

// do makes a call and decodes the answer's JSON into out; nil discards it. Errors
// have no secrets, even if the host repeats them.
func (c *Client) do(ctx context.Context, k call, out any) error {
	x := &exchange{c: c, call: k, ctx: ctx, family: cmp.Or(k.family, limiter.FamilyOther), backoff: c.retry.backoff()}
	defer x.close()
	return c.secrets.Error(x.do(out))
}

// check refuses IDs that are not valid in a path.
func (k call) check() error {
	for name, value := range k.params {
		if !isPathSegment(value) {
			return fault.New(fault.Usage, "%s: %q is not a %s ID", k.what, value, name)
		}
	}
	return nil
}

// retryable reports whether a call may be retried after an answer: reads and
// deletions after a broken connection, 408, 429 and 5xx (docs/contract.md,
// section 10), and a call that must be carried out once only when it certainly
// was not.
func (k call) retryable(a answer) bool {
	if !k.idempotent || k.once && a.maybeDone() {
		return false
	}
	if a.err != nil {
		return !a.final
	}
	return a.status == http.StatusRequestTimeout || a.status == http.StatusTooManyRequests || a.status >= 500
}

// markDoubt notes in a fault whether the service may have carried out the call.
func (k call) markDoubt(f *fault.Error, doubt bool) {
	f.NotDone = k.changes && !doubt
	if k.once && doubt {
		f.Hint = "the service may have carried it out, so it was not retried: check what is left"
	}
}

// Retry sets how often a call is retried and how long each wait is. Zero fields have
// these defaults; roamctl's settings retries (4) and timeout (30 s) override them.
type Retry struct {
	Attempts int           // in all, the first included; default 6, 1 is no retry
	MinWait  time.Duration // before the second attempt; doubles from there, plus or minus a random half; default 500 ms
	MaxWait  time.Duration // longest such wait; default 30 s
	Timeout  time.Duration // for one attempt, its body included; default 60 s
}

// maxRetryAfter is what longer Retry-After headers are cut to.
const maxRetryAfter = 10 * time.Minute

func (r Retry) withDefaults() Retry {
	return Retry{
		Attempts: cmp.Or(max(r.Attempts, 0), 6),
		MinWait:  cmp.Or(r.MinWait, 500*time.Millisecond),
		MaxWait:  cmp.Or(r.MaxWait, 30*time.Second),
		Timeout:  cmp.Or(r.Timeout, time.Minute),
	}
}

func (r Retry) backoff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     r.MinWait,
		RandomizationFactor: 0.5,
		Multiplier:          2,
		MaxInterval:         r.MaxWait,
	}
}

// wait returns how long to wait after an answer: the Retry-After, else the
// backoff. After a 429 it is at least the time in which one call of a slow limit
// becomes free: a limit of 5 a minute outlasts any usual backoff.
func (r Retry) wait(slow limiter.Limit, a answer, backoff time.Duration, now time.Time) time.Duration {
	if after, ok := retryAfter(a.header, now); ok {
		return min(after, maxRetryAfter)
	}
	if a.status == http.StatusTooManyRequests && !slow.None() {
		return max(backoff, slow.Per/time.Duration(slow.Calls))
	}
	return backoff
}

// retryAfter reads a Retry-After header: seconds, or an HTTP date.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
