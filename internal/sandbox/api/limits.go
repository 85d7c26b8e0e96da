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

// budget is what a kind of call can use up: its calls by the App Key and, if perUser is
// set, by each user, too.
type budget struct {
	name         string
	app, forUser limit
}

// own returns a budget of its own, by the limit of all that section 10 does not name.
// That each kind of call has its own is [inferred].
func own(name string) budget { return budget{name: name, app: limit{100, time.Second}} }

// perApp returns the budget with another limit for the App Key.
func (b budget) perApp(calls int, per time.Duration) budget {
	b.app = limit{calls, per}
	return b
}

// perUser returns the budget with a limit for each user.
func (b budget) perUser(calls int, per time.Duration) budget {
	b.forUser = limit{calls, per}
	return b
}

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

// allowCall uses one call of a budget, and reports whether there was one left. A route
// without a budget has no limit.
func (l *limiter) allowCall(b budget, user string) bool {
	if b.name == "" {
		return true
	}
	if b.forUser.calls > 0 && !l.allow(b.name+" "+user, b.forUser) {
		return false
	}
	return l.allow(b.name, b.app)
}

// allow uses one call by a limit, and reports whether there was one left.
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
