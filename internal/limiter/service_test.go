package limiter

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// service is a fake with a latency. It refuses calls by its limit or by refuse.
type service struct {
	limit   *windowLimit // nil: none
	refuse  func() bool  // nil: by the limit
	latency func() time.Duration

	calls, refused atomic.Int64
}

func (s *service) call(ctx context.Context) Outcome {
	s.calls.Add(1)
	var o Outcome
	if s.limit != nil && !s.limit.allow() || s.refuse != nil && s.refuse() {
		s.refused.Add(1)
		o.Result = Refused
	}
	if clock.System().Sleep(ctx, s.latency()) != nil {
		return Outcome{Result: Cancelled}
	}
	return o
}

func constant(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// windowLimit allows a number of calls in any second.
type windowLimit struct {
	mu    sync.Mutex
	calls int
	let   []time.Time
}

func newWindow(calls int) *windowLimit { return &windowLimit{calls: calls} }

func (w *windowLimit) allow() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for len(w.let) > 0 && now.Sub(w.let[0]) >= time.Second {
		w.let = w.let[1:]
	}
	if len(w.let) >= w.calls {
		return false
	}
	w.let = append(w.let, now)
	return true
}

// work runs as many callers as Wanted says, for a time.
func work(t *testing.T, l *Limiter, s *service, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	callers := 0
	for ctx.Err() == nil {
		for ; callers < l.Wanted(); callers++ {
			wg.Go(func() {
				for {
					c, err := l.Begin(ctx, history, "")
					if err != nil {
						return
					}
					c.End(s.call(ctx))
				}
			})
		}
		select {
		case <-l.Grown():
		case <-ctx.Done():
		}
	}
	wg.Wait()
}
