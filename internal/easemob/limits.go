package easemob

import (
	"context"
	"sync"
	"time"
)

// Limit is at most Calls in any stretch of time Per. The zero Limit is none.
type Limit struct {
	Calls int
	Per   time.Duration
}

func (l Limit) none() bool { return l.Calls <= 0 || l.Per <= 0 }

// Limits are the paces to keep, so that the service has no reason to answer
// 429 (contract, section 10). Add-ons raise them; the zero value paces nothing.
type Limits struct {
	// App is for every call of the App Key.
	App Limit
	// ListConversations is for each user, on all three list routes.
	ListConversations Limit
	// DeleteConversation is for each user.
	DeleteConversation Limit
	// Import is for all imports of the App Key.
	Import Limit
}

// DefaultLimits are the contract's (section 10): 100 calls a second an App
// Key, 5 conversation lists and 5 conversation deletions a minute a user, 100
// imports a second.
func DefaultLimits() Limits {
	return Limits{
		App:                Limit{100, time.Second},
		ListConversations:  Limit{5, time.Minute},
		DeleteConversation: Limit{5, time.Minute},
		Import:             Limit{100, time.Second},
	}
}

// Pacer keeps calls inside limits. Another implementation can share its
// budgets between processes.
type Pacer interface {
	// Wait returns when one more call fits into the budget of that name, and
	// counts it; or ctx's error, and then nothing was counted.
	Wait(ctx context.Context, budget string, l Limit) error
}

// memoryPacer remembers the times of a budget's last calls. A token bucket
// would let nearly twice the limit through in the first window.
type memoryPacer struct {
	clock Clock

	mu      sync.Mutex
	calls   map[string][]time.Time // oldest first, none older than its limit's Per
	pruneAt int                    // prune when there are so many budgets
}

const minPrune = 1024

func newMemoryPacer(clock Clock) *memoryPacer {
	return &memoryPacer{clock: clock, calls: map[string][]time.Time{}, pruneAt: minPrune}
}

func (p *memoryPacer) Wait(ctx context.Context, budget string, l Limit) error {
	for {
		wait := p.take(budget, l)
		if wait <= 0 {
			return ctx.Err()
		}
		if err := p.clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// take counts a call and returns 0, or returns how long the budget is full.
func (p *memoryPacer) take(budget string, l Limit) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	calls := p.calls[budget]
	for len(calls) > 0 && now.Sub(calls[0]) >= l.Per {
		calls = calls[1:]
	}
	if len(calls) >= l.Calls {
		return l.Per - now.Sub(calls[0])
	}
	p.calls[budget] = append(calls, now)
	if len(p.calls) >= p.pruneAt {
		p.prune(now)
	}
	return 0
}

// prune forgets budgets that were idle for longer than any limit's window, so
// that a run over a million users does not grow.
func (p *memoryPacer) prune(now time.Time) {
	const idle = time.Hour
	for budget, calls := range p.calls {
		if now.Sub(calls[len(calls)-1]) > idle {
			delete(p.calls, budget)
		}
	}
	p.pruneAt = max(minPrune, 2*len(p.calls))
}
