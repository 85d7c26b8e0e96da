package limiter

import (
	"context"
	"sync"
	"time"
)

// Budgets count calls. A budget has a name and allows at most Calls of its
// Limit in any stretch of time Per.
type Budgets interface {
	// Wait returns when one more call fits into the budget, and counts it. After
	// an error nothing was counted.
	Wait(ctx context.Context, budget string, l Limit) error
	// Take is Wait that does not wait: it counts a call that fits and returns 0,
	// or returns how long none will.
	Take(ctx context.Context, budget string, l Limit) (full time.Duration, err error)
}

// Fallback returns budgets that use first until it fails, and then second for
// good. onFallback is called with the reason, once.
func Fallback(first, second Budgets, onFallback func(error)) Budgets {
	return &fallback{first: first, second: second, onFallback: onFallback}
}

type fallback struct {
	first, second Budgets
	onFallback    func(error)

	mu     sync.Mutex
	failed bool
}

func (f *fallback) Wait(ctx context.Context, budget string, l Limit) error {
	err := f.current().Wait(ctx, budget, l)
	if f.fails(ctx, err) {
		return f.second.Wait(ctx, budget, l)
	}
	return err
}

func (f *fallback) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	full, err := f.current().Take(ctx, budget, l)
	if f.fails(ctx, err) {
		return f.second.Take(ctx, budget, l)
	}
	return full, err
}

func (f *fallback) current() Budgets {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed {
		return f.second
	}
	return f.first
}

// fails reports whether err is the budgets' own, and switches to the second.
func (f *fallback) fails(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.failed {
		f.failed = true
		f.onFallback(err)
	}
	return true
}
