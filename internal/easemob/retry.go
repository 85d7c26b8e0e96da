package easemob

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/roamctl/roamctl/internal/limiter"
)

// Retry sets how often and how patiently a call is retried. Zero fields have the
// defaults.
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
// backoff. After a 429 it is at least the time in which one call of the user's
// own limit becomes free: a limit of 5 a minute outlasts any usual backoff.
func (r Retry) wait(user limiter.Limit, a answer, backoff time.Duration, now time.Time) time.Duration {
	if after, ok := retryAfter(a.header, now); ok {
		return min(after, maxRetryAfter)
	}
	if a.status == http.StatusTooManyRequests && !user.None() {
		return max(backoff, user.Per/time.Duration(user.Calls))
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
