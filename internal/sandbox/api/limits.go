package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limit is how many calls are allowed in a time (docs/contract.md, section 10). How
// the service counts is not known: here [inferred] it is a bucket that fills evenly.
// A burst can use it up at once.
type limit struct {
	calls int
	per   time.Duration
}

// Each kind of call has a budget of its own.
var (
	perApp        = limit{100, time.Second} //nolint:gochecknoglobals // a constant
	perUserMinute = limit{5, time.Minute}   //nolint:gochecknoglobals // a constant
)

// sweepAt is how many budgets are kept before the full ones are dropped.
const sweepAt = 4096

// limiter holds callers to the limits. It is in memory: each process counts for
// itself.
type limiter struct {
	now     func() time.Time
	mu      sync.Mutex
	budgets map[string]*rate.Limiter
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, budgets: map[string]*rate.Limiter{}}
}

// allow uses one call of a budget, and reports whether there was one left.
func (l *limiter) allow(budget string, r limit) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b, ok := l.budgets[budget]
	if !ok {
		if len(l.budgets) >= sweepAt {
			l.sweep(now)
		}
		b = rate.NewLimiter(rate.Every(r.per/time.Duration(r.calls)), r.calls)
		l.budgets[budget] = b
	}
	return b.AllowN(now, 1)
}

// sweep drops the budgets that are full: a new one is no different.
func (l *limiter) sweep(now time.Time) {
	for name, b := range l.budgets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.budgets, name)
		}
	}
}
