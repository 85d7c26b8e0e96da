package easemob

import (
	"bytes"
	"cmp"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/roamctl/roamctl/internal/limiter"
)

// Retry says how often and how patiently a call is tried. Zero fields get the
// defaults.
type Retry struct {
	Attempts      int           // in all, the first included; default 6, 1 is no retry
	MinWait       time.Duration // before the second attempt; doubles from there, half of it more or less at random; default 500 ms
	MaxWait       time.Duration // longest such wait; default 30 s
	MaxRetryAfter time.Duration // longest Retry-After that is honoured in full; default 10 min
	Timeout       time.Duration // for one attempt, its body included; default 60 s
}

func (r Retry) withDefaults() Retry {
	return Retry{
		Attempts:      cmp.Or(max(r.Attempts, 0), 6),
		MinWait:       cmp.Or(r.MinWait, 500*time.Millisecond),
		MaxWait:       cmp.Or(r.MaxWait, 30*time.Second),
		MaxRetryAfter: cmp.Or(r.MaxRetryAfter, 10*time.Minute),
		Timeout:       cmp.Or(r.Timeout, time.Minute),
	}
}

// retryable is the one rule: reads and deletions, which are idempotent, are
// tried again after a broken connection, 408, 429 and 5xx. Nothing else is
// (contract, section 10: other 4xx will not get better). A call that takes
// whatever is there is tried again only when it certainly took nothing.
func retryable(k call, a answer) bool {
	if !k.idempotent || k.once && a.maybeDone() {
		return false
	}
	if a.err != nil {
		return !a.final
	}
	return a.status == http.StatusRequestTimeout || a.status == http.StatusTooManyRequests || a.status >= 500
}

// maybeDone tells of a failed attempt that the service may have carried out. A
// refusal is none, nor is a 503 for a limit (contract, section 10), nor a
// connection that never came about. A 200 with an error that the contract does
// not know may be half of one.
func (a answer) maybeDone() bool {
	if a.err != nil {
		op, ok := errors.AsType[*net.OpError](a.err)
		return !ok || op.Op != "dial"
	}
	limited := a.status == http.StatusServiceUnavailable && bytes.Contains(bytes.ToLower(a.body), []byte("reached the maximum limit"))
	contradictory := a.sent == http.StatusOK && a.status == http.StatusBadRequest
	return contradictory || !limited && (a.status == http.StatusRequestTimeout || a.status >= 500)
}

func (r Retry) backoff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     r.MinWait,
		RandomizationFactor: 0.5,
		Multiplier:          2,
		MaxInterval:         r.MaxWait,
	}
}

// wait is how long to wait after an answer: what Retry-After says, else the
// backoff. After a 429 it is at least the time in which one call of the
// user's own limit comes free, because a limit of 5 a minute outlasts any usual
// backoff.
func (r Retry) wait(user limiter.Limit, a answer, backoff time.Duration, now time.Time) time.Duration {
	if after, ok := retryAfter(a.header, now); ok {
		return min(after, r.MaxRetryAfter)
	}
	if a.status == http.StatusTooManyRequests && !user.None() {
		return max(backoff, user.Per/time.Duration(user.Calls))
	}
	return backoff
}

// retryAfter reads a Retry-After header: seconds, or an HTTP date.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
