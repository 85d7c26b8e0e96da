package limiter

import (
	"context"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// memory holds the times of each budget's last calls. A token bucket would let
// nearly twice the limit through in the first period.
type memory struct {
	clock clock.Clock

	mu      sync.Mutex
	calls   map[string][]time.Time // oldest first, none older than its limit's Per
	pruneAt int                    // the number of budgets at which to prune
}

const minPrune = 1024

// InMemory returns budgets of this process alone.
func InMemory(c clock.Clock) Budgets {
	return &memory{clock: c, calls: map[string][]time.Time{}, pruneAt: minPrune}
}

func (m *memory) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	calls := m.calls[budget]
	for len(calls) > 0 && now.Sub(calls[0]) >= l.Per {
		calls = calls[1:]
	}
	if len(calls) >= l.Calls {
		return l.Per - now.Sub(calls[0]), nil
	}
	m.calls[budget] = append(calls, now)
	if len(m.calls) >= m.pruneAt {
		m.prune(now)
	}
	return 0, nil
}

// prune deletes budgets that were idle for longer than any limit's Per, so that
// memory does not grow with the number of users.
func (m *memory) prune(now time.Time) {
	const idle = time.Hour
	for budget, calls := range m.calls {
		if now.Sub(calls[len(calls)-1]) > idle {
			delete(m.calls, budget)
		}
	}
	m.pruneAt = max(minPrune, 2*len(m.calls))
}
