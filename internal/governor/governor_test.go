package governor

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/roamctl/roamctl/internal/clock"
)

// service is one that takes a while for each call, and refuses what is over
// its limit.
type service struct {
	limit   *rate.Limiter // nil: none
	refuse  func() bool   // nil: as the limit says
	latency func() time.Duration

	calls, refused atomic.Int64
}

func (s *service) call(ctx context.Context) Outcome {
	s.calls.Add(1)
	outcome := Answered
	if s.limit != nil && !s.limit.AllowN(time.Now(), 1) || s.refuse != nil && s.refuse() {
		s.refused.Add(1)
		outcome = Refused
	}
	if clock.System().Sleep(ctx, s.latency()) != nil {
		return Abandoned
	}
	return outcome
}

func constant(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

var perSecond = Rate{100, time.Second}

// work keeps as many callers at it as are wanted, for a time.
func work(t *testing.T, g *Governor, s *service, ask Ask, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	callers := 0
	for ctx.Err() == nil {
		for ; callers < g.Wanted(); callers++ {
			wg.Go(func() {
				for {
					c, err := g.Begin(ctx, ask)
					if err != nil {
						return
					}
					c.End(s.call(ctx), 0)
				}
			})
		}
		select {
		case <-g.Grown():
		case <-ctx.Done():
		}
	}
	wg.Wait()
}

// The quota is filled at any latency, never passed, and with no more calls in
// flight than that takes.
func TestTheQuotaIsFilled(t *testing.T) {
	for _, latency := range []time.Duration{time.Millisecond, 30 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second} {
		t.Run(latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := New(clock.System(), 512)
				s := &service{limit: rate.NewLimiter(100, 100), latency: constant(latency)}
				const minute = 60
				work(t, g, s, Ask{Family: "history", Rate: perSecond}, minute*time.Second)
				if calls, most := s.calls.Load(), int64(100*minute); calls < most*97/100-int64(100*latency.Seconds()*5) || calls > most+30 {
					t.Errorf("%d calls, of %d allowed", calls, most)
				}
				if n := s.refused.Load(); n > 0 {
					t.Errorf("%d were refused", n)
				}
				needed := int(100*latency.Seconds()) + 1
				if most := g.Stats().Most; most > needed+needed/4+30 { // the first quarter of a second at once
					t.Errorf("%d calls in flight, and %d are needed", most, needed)
				}
			})
		})
	}
}

// One refusal holds every family back for as long as it asks, and the rate
// climbs back from there.
func TestARefusalHoldsAllBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(clock.System(), 64)
		begin := func(family string) *Call {
			c, err := g.Begin(t.Context(), Ask{Family: family, Rate: perSecond})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		volley := []*Call{begin("history"), begin("history"), begin("list")}
		start := time.Now()
		volley[0].End(Refused, 7*time.Second)
		volley[1].End(Refused, 0) // the same volley: no second cut
		volley[2].End(Answered, 0)
		for _, family := range []string{"list", "history", "new"} {
			begin(family).End(Answered, 0)
		}
		if took := time.Since(start); took < 7*time.Second || took > 7100*time.Millisecond {
			t.Errorf("the next calls began after %s, want 7 s", took)
		}
		rateOf := func() float64 {
			for range 30 { // what may come at once
				begin("history").End(Answered, 0)
			}
			start := time.Now()
			for range 50 {
				begin("history").End(Answered, 0)
			}
			return 50 / time.Since(start).Seconds()
		}
		if got := rateOf(); got < 65 || got > 85 {
			t.Errorf("%.0f calls a second after the refusal", got)
		}
		time.Sleep(10 * time.Second) //nolint:forbidigo // of a bubble, where nothing waits
		if got := rateOf(); got < 98 {
			t.Errorf("%.0f calls a second after ten quiet seconds", got)
		}
		if got := g.Stats().Refused; got != 2 {
			t.Errorf("%d refusals are counted", got)
		}
	})
}

func TestPausesGrowAndEnd(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var b brake
	var pauses []time.Duration
	for range 9 {
		b.pull(now, 0)
		pauses = append(pauses, b.until.Sub(now))
		now = b.until
	}
	if pauses[0] != firstPause || pauses[1] != 2*firstPause || pauses[8] != longestPause {
		t.Errorf("pauses %v", pauses)
	}
	now = now.Add(calm + time.Second)
	b.pull(now, 0)
	if b.until.Sub(now) != firstPause {
		t.Errorf("after a calm the pause is %s", b.until.Sub(now))
	}
}

// A service that refuses a call now and then, whatever the rate, slows
// everything down, but stops nothing.
func TestRareRefusalsStopNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		s := &service{latency: constant(30 * time.Millisecond)}
		s.refuse = func() bool { return n.Add(1)%50 == 0 }
		work(t, New(clock.System(), 256), s, Ask{Rate: perSecond}, 5*time.Minute)
		if got := float64(s.calls.Load()) / 300; got < 20 {
			t.Errorf("%.1f calls a second", got)
		}
	})
}

// One user's limit says nothing about the calls for others; refusals of many
// at once do.
func TestAnOwnersLimitHoldsNobodyElseBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(clock.System(), 64)
		ask := Ask{Family: "list", Rate: perSecond, OwnerLimited: true}
		calls := make([]*Call, volley)
		for i := range calls {
			var err error
			if calls[i], err = g.Begin(t.Context(), ask); err != nil {
				t.Fatal(err)
			}
		}
		calls[0].End(Refused, 0)
		calls[1].End(Refused, 0)
		if !g.brake.until.IsZero() {
			t.Error("two refusals of users' own limits hold everything back")
		}
		calls[2].End(Refused, 0)
		if g.brake.until.IsZero() {
			t.Error("a volley of refusals holds nothing back")
		}
	})
}

// What others have to allow is waited for without a place in flight being
// wasted, and one caller at a time.
func TestTheBudgetIsAskedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(clock.System(), 64)
		var inside atomic.Int32
		refuse := errors.New("no")
		ask := Ask{Family: "history", Budget: func(ctx context.Context) error {
			if inside.Add(1) > 1 {
				t.Error("two ask at once")
			}
			defer inside.Add(-1)
			return clock.System().Sleep(ctx, time.Second)
		}}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if c, err := g.Begin(t.Context(), ask); err == nil {
					c.End(Answered, 0)
				}
			})
		}
		wg.Wait()
		ask.Budget = func(context.Context) error { return refuse }
		if _, err := g.Begin(t.Context(), ask); !errors.Is(err, refuse) {
			t.Error(err)
		}
		if s := g.Stats(); s.Calls != 5 || s.InFlight != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhoGivesUpTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(clock.System(), 1)
		ask := Ask{Family: "history"}
		c, err := g.Begin(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 3 { // one has the turn, two wait for it
			wg.Go(func() {
				if _, err := g.Begin(ctx, ask); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		c.End(Abandoned, 0)
		if c, err = g.Begin(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		c.End(Answered, 0)
	})
}

func TestStopAfter(t *testing.T) {
	g := New(clock.System(), 8)
	stopped := 0
	g.StopAfter(3, func() { stopped++ })
	for i := range 5 {
		c, err := g.Begin(t.Context(), Ask{})
		if err != nil {
			t.Fatal(err)
		}
		c.End(Answered, 0)
		if want := min(1, (i+1)/3); stopped != want {
			t.Errorf("after %d calls stopped %d times", i+1, stopped)
		}
	}
}

func TestParkedCallersMakeRoomForOthers(t *testing.T) {
	g := New(clock.System(), 8)
	before := g.Wanted()
	unpark := g.Park()
	if g.Wanted() != before+1 {
		t.Errorf("%d wanted with one parked, %d before", g.Wanted(), before)
	}
	select {
	case <-g.Grown():
	default:
		t.Error("nobody is told")
	}
	unpark()
	if g.Wanted() != before {
		t.Errorf("%d wanted after, %d before", g.Wanted(), before)
	}
}

func TestPulse(t *testing.T) {
	now := time.Unix(100, 0)
	var p pulse
	if p.perSecond(now) != 0 {
		t.Error("calls before the first")
	}
	for i := range 1000 { // ten seconds at 100
		p.beat(now.Add(time.Duration(i) * 10 * time.Millisecond))
	}
	if got := p.perSecond(now.Add(9990 * time.Millisecond)); got != 100 {
		t.Errorf("%.1f a second, want 100", got)
	}
	if got := p.perSecond(now.Add(time.Hour)); got != 0 {
		t.Errorf("%.1f a second after an hour of nothing", got)
	}
}

// No call begins after the last one of so many, whatever other families want.
func TestNobodySlipsPastTheLastCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(clock.System(), 64)
		ctx, cancel := context.WithCancel(t.Context())
		g.StopAfter(10, cancel)
		var began atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			ask := Ask{Family: string(rune('a' + i)), Budget: func(ctx context.Context) error { return clock.System().Sleep(ctx, time.Second) }}
			wg.Go(func() {
				for {
					c, err := g.Begin(ctx, ask)
					if err != nil {
						return
					}
					began.Add(1)
					c.End(Answered, 0)
				}
			})
		}
		wg.Wait()
		if n := began.Load(); n != 10 {
			t.Errorf("%d calls began", n)
		}
	})
}

// Whoever waits for other processes has no place in flight.
func TestTheBudgetIsWaitedForWithoutAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(clock.System(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			budget := func(ctx context.Context) error { return clock.System().Sleep(ctx, time.Hour) }
			if _, err := g.Begin(ctx, Ask{Family: "history", Budget: budget}); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		c, err := g.Begin(t.Context(), Ask{Family: "list"})
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Stats().InFlight; got != 1 {
			t.Errorf("%d in flight", got)
		}
		c.End(Answered, 0)
		cancel()
		wg.Wait()
		if got := g.Stats().InFlight; got != 0 {
			t.Errorf("%d in flight after all", got)
		}
	})
}
