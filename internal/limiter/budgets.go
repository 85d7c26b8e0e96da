package limiter

import (
	"context"
	"sync"
	"time"
)

// Budgets count calls. A budget has a name and allows at most Calls of its Limit in
// any period of length Per.
type Budgets interface {
	// Take counts a call and returns 0, or returns how long the budget allows no
	// call. After an error it has counted nothing.
	Take(ctx context.Context, budget string, l Limit) (wait time.Duration, err error)
}

// Fallback returns budgets that use first until it fails, and second from then on.
// It calls onFallback once, with the error.
func Fallback(first, second Budgets, onFallback func(error)) Budgets {
	return &fallback{first: first, second: second, onFallback: onFallback}
}

type fallback struct {
	first, second Budgets
	onFallback    func(error)

	mu     sync.Mutex
	failed bool
}

func (f *fallback) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	f.mu.Lock()
	failed := f.failed
	f.mu.Unlock()
	if failed {
		return f.second.Take(ctx, budget, l)
	}
	wait, err := f.first.Take(ctx, budget, l)
	if err == nil || ctx.Err() != nil {
		return wait, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.failed {
		f.failed = true
		f.onFallback(err)
	}
	return f.second.Take(ctx, budget, l)
}
