// Package quota holds the sandbox's callers to the limits of section 10 of the
// contract.
package quota

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rule is how many calls are allowed in a time. How the service counts is not
// known: here [inferred] a bucket of that size fills evenly, so that a
// burst may use it up at once and a steady caller never notices it.
type Rule struct {
	Calls int
	Per   time.Duration
}

// The limits of section 10. Calls of each kind have a budget of their own.
var (
	PerApp        = Rule{100, time.Second} //nolint:gochecknoglobals // a constant
	PerUserMinute = Rule{5, time.Minute}   //nolint:gochecknoglobals // a constant
)

// sweepAt is how many budgets are kept before the idle ones are dropped.
const sweepAt = 4096

// Book keeps the budgets. It is in memory: each process counts for itself.
type Book struct {
	now     func() time.Time
	mu      sync.Mutex
	budgets map[string]*rate.Limiter
}

// NewBook makes a Book on a clock.
func NewBook(now func() time.Time) *Book {
	return &Book{now: now, budgets: map[string]*rate.Limiter{}}
}

// Take uses one call of the budget of that name; false when there is none left.
func (b *Book) Take(name string, r Rule) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	l, ok := b.budgets[name]
	if !ok {
		if len(b.budgets) >= sweepAt {
			b.sweep(now)
		}
		l = rate.NewLimiter(rate.Every(r.Per/time.Duration(r.Calls)), r.Calls)
		b.budgets[name] = l
	}
	return l.AllowN(now, 1)
}

// sweep drops the budgets that are full again: a new one is no different.
func (b *Book) sweep(now time.Time) {
	for name, l := range b.budgets {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(b.budgets, name)
		}
	}
}
