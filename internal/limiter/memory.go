package limiter

import (
	"context"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// memory remembers the times of a budget's last calls. A token bucket would
// let nearly twice the limit through in the first window.
type memory struct {
	clock clock.Clock

	mu      sync.Mutex
	calls   map[string][]time.Time // oldest first, none older than its limit's Per
	pruneAt int                    // prune when there are so many budgets
}

const minPrune = 1024

// InMemory returns budgets of this process alone.
func InMemory(c clock.Clock) Budgets { return newMemory(c) }

func newMemory(c clock.Clock) *memory {
	return &memory{clock: c, calls: map[string][]time.Time{}, pruneAt: minPrune}
}

func (m *memory) Wait(ctx context.Context, budget string, l Limit) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		wait := m.take(budget, l)
		if wait <= 0 {
			return nil
		}
		if err := m.clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func (m *memory) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return m.take(budget, l), nil
}

// take counts a call and returns 0, or returns how long the budget is full.
func (m *memory) take(budget string, l Limit) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	calls := m.calls[budget]
	for len(calls) > 0 && now.Sub(calls[0]) >= l.Per {
		calls = calls[1:]
	}
	if len(calls) >= l.Calls {
		return l.Per - now.Sub(calls[0])
	}
	m.calls[budget] = append(calls, now)
	if len(m.calls) >= m.pruneAt {
		m.prune(now)
	}
	return 0
}

// prune forgets budgets that were idle for longer than any limit's window, so
// that memory does not grow with the number of users.
func (m *memory) prune(now time.Time) {
	const idle = time.Hour
	for budget, calls := range m.calls {
		if now.Sub(calls[len(calls)-1]) > idle {
			delete(m.calls, budget)
		}
	}
	m.pruneAt = max(minPrune, 2*len(m.calls))
}
