package limiter

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// The families of calls. Each has its own budget for the App Key (docs/contract.md,
// section 10).
const (
	FamilyOther              = "other"  // every call that no other family has: history, users, members, tokens
	FamilyList               = "list"   // conversation lists, on all three routes
	FamilyDeleteConversation = "unlist" // deletions of conversations
	FamilyDelete             = "delete" // deletions of messages, delete/all among them
	FamilyGroups             = "groups" // lists of a user's groups
	FamilyImport             = "import" // imports of messages
	FamilyHistoryFiles       = "files"  // hourly history files, which share no budget with clients
	FamilyRecall             = "recall" // recalls, single and in batches; no client of the app shares them
	FamilyAttachments        = "attach" // downloads of attachments
)

// Limit is at most Calls in any period of length Per. The zero Limit is none.
type Limit struct {
	Calls int
	Per   time.Duration
}

// None reports whether there is no limit.
func (l Limit) None() bool { return l.Calls <= 0 || l.Per <= 0 }

// PerSecond returns the limit in calls a second; 0 for none.
func (l Limit) PerSecond() float64 {
	if l.None() {
		return 0
	}
	return float64(l.Calls) / l.Per.Seconds()
}

// FamilyLimits are the limits of a family of calls: the App Key's and each user's.
type FamilyLimits struct {
	App, User Limit
}

// Slow returns the family's limit by the minute, or none: that of each user or, for
// history files, the App Key's.
func (f FamilyLimits) Slow() Limit {
	if f.App.Per > time.Second {
		return f.App
	}
	return f.User
}

// Limits are the limits by family.
type Limits map[string]FamilyLimits

// Budgets count calls. A budget has a name and allows at most Calls of its Limit in
// any period of length Per.
type Budgets interface {
	// Take counts a call and returns 0, or returns how long the budget allows no
	// call. After an error it has counted nothing.
	Take(ctx context.Context, budget string, l Limit) (wait time.Duration, err error)
}

// memory holds a window for each budget. A token bucket would let nearly twice the
// limit through in the first period.
type memory struct {
	clock clock.Clock

	mu      sync.Mutex
	windows map[string]*window
	pruneAt int // the number of budgets at which to prune
}

const minPrune = 1024

// InMemory returns budgets of this process alone.
func InMemory(c clock.Clock) Budgets {
	return &memory{clock: c, windows: map[string]*window{}, pruneAt: minPrune}
}

func (m *memory) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	w := m.windows[budget]
	if w == nil {
		w = &window{}
		m.windows[budget] = w
	}
	w.settle(now, l.Per)
	wait := w.take(now, l.Calls, l.Per)
	if len(m.windows) >= m.pruneAt {
		m.prune(now)
	}
	return wait, nil
}

// prune deletes budgets that were idle for longer than any limit's Per, so that
// memory does not grow with the number of users.
func (m *memory) prune(now time.Time) {
	maps.DeleteFunc(m.windows, func(_ string, w *window) bool {
		w.settle(now, time.Hour)
		return len(w.calls) == 0
	})
	m.pruneAt = max(minPrune, 2*len(m.windows))
}

// Fallback returns budgets that use first until it fails, and second from then on.
// It calls onFallback once, with the error.
func Fallback(first, second Budgets, onFallback func(error)) Budgets {
	return &fallback{first: first, second: second, onFallback: onFallback}
}

type fallback struct {
	first, second Budgets
	onFallback    func(error)
	failed        atomic.Bool
}

func (f *fallback) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	if f.failed.Load() {
		return f.second.Take(ctx, budget, l)
	}
	wait, err := f.first.Take(ctx, budget, l)
	if err == nil || ctx.Err() != nil {
		return wait, err
	}
	if f.failed.CompareAndSwap(false, true) {
		f.onFallback(err)
	}
	return f.second.Take(ctx, budget, l)
}
