package limiter

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// Without limits, the calls in flight grow to the capacity of the service.
func TestNoLimitUsesTheCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const places, each = 20, 40 * time.Millisecond // it works at 20 at a time, 500 a second
		l := New(Options{MaxInFlight: 512})
		s := &queueing{places: make(chan struct{}, places), each: each}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				for {
					c, err := l.Begin(ctx, history, "")
					if err != nil {
						return
					}
					s.call(ctx)
					c.End(Outcome{})
				}
			})
		}
		wg.Wait()
		if n := s.calls.Load(); n < 500*30*9/10 {
			t.Errorf("%d calls in 30 s, where 500 a second are possible", n)
		}
		if most := l.inFlight.most; most > 3*places {
			t.Errorf("%d calls in flight at a service that handles %d", most, places)
		}
	})
}

// queueing is a service that handles a few calls at a time.
type queueing struct {
	places chan struct{}
	each   time.Duration
	calls  atomic.Int64
}

func (s *queueing) call(ctx context.Context) {
	select {
	case s.places <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-s.places }()
	s.calls.Add(1)
	_ = clock.System().Sleep(ctx, s.each)
}

// A service that becomes slow gets fewer calls at once, and as many as before when it
// is fast again.
func TestLatencyBacksOffAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := at(100)
		var slow atomic.Bool
		s := &service{latency: func() time.Duration {
			if slow.Load() {
				return time.Second
			}
			return 100 * time.Millisecond
		}}
		work(t, l, s, 20*time.Second)
		before := int(l.inFlight.limit)
		slow.Store(true)
		work(t, l, s, 10*time.Second)
		if got := int(l.inFlight.limit); got > before*7/10 {
			t.Errorf("%d in flight at a slow service, %d before", got, before)
		}
		slow.Store(false)
		work(t, l, s, 20*time.Second)
		start := s.calls.Load()
		work(t, l, s, 10*time.Second)
		if n := s.calls.Load() - start; n < 950 {
			t.Errorf("%d calls in 10 s after it was well again", n)
		}
	})
}

// Calls of varying latency, and single late answers, do not reduce the calls.
func TestVarianceDoesNotBackOff(t *testing.T) {
	const ms = float64(time.Millisecond)
	for name, latency := range map[string]func(r *rand.Rand) float64{
		"uniform":     func(r *rand.Rand) float64 { return 30*ms + r.Float64()*120*ms },
		"exponential": func(r *rand.Rand) float64 { return 30*ms + r.ExpFloat64()*70*ms },
		"some are cheap": func(r *rand.Rand) float64 {
			if r.IntN(100) == 0 {
				return 10 * ms
			}
			return 100 * ms
		},
		"some are late": func(r *rand.Rand) float64 {
			if r.IntN(100) == 0 {
				return 2000 * ms
			}
			return 100 * ms
		},
		"half and half": func(r *rand.Rand) float64 { return []float64{10 * ms, 200 * ms}[r.IntN(2)] },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := at(100)
				var mu sync.Mutex
				r := rand.New(rand.NewPCG(1, 2))
				s := &service{limit: newWindow(100), latency: func() time.Duration {
					mu.Lock()
					defer mu.Unlock()
					return time.Duration(latency(r))
				}}
				work(t, l, s, time.Minute)
				if calls := s.calls.Load(); calls < 5700 {
					t.Errorf("%d calls a minute, of 6000", calls)
				}
				if most := l.inFlight.most; most > 80 {
					t.Errorf("%d calls in flight", most)
				}
			})
		})
	}
}

// The latency of a service that stays slower becomes the usual one.
func TestASlowerServiceBecomesUsual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := at(100)
		took := atomic.Int64{}
		took.Store(int64(20 * time.Millisecond))
		s := &service{latency: func() time.Duration { return time.Duration(took.Load()) }}
		work(t, l, s, 20*time.Second)
		took.Store(int64(200 * time.Millisecond))
		work(t, l, s, 2*time.Minute)
		start := s.calls.Load()
		work(t, l, s, 10*time.Second)
		if n := s.calls.Load() - start; n < 950 {
			t.Errorf("%d calls in 10 s", n)
		}
	})
}
