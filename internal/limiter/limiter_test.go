package limiter

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const history = FamilyOther

// at returns a limiter of n calls a second for each family.
func at(n int) *Limiter {
	app := FamilyLimits{App: Limit{n, time.Second}}
	return New(Options{Limits: Limits{history: app, FamilyList: app, FamilyDelete: app}, MaxInFlight: 512})
}

// budgetFunc is a budget for the App Key, without one for users.
type budgetFunc func() (wait time.Duration, err error)

func (f budgetFunc) Take(ctx context.Context, _ string, _ Limit) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return f()
}

// everySecond returns a budget that is full for a second after each call.
func everySecond() budgetFunc {
	var asked atomic.Int64
	return func() (time.Duration, error) {
		return time.Duration(asked.Add(1)%2) * time.Second, nil
	}
}

func begin(t *testing.T, l *Limiter, family string) *Call {
	t.Helper()
	c, err := l.Begin(t.Context(), family, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// At any latency the calls reach the limit and do not exceed it, with no more in flight
// than needed.
func TestTheLimitIsReached(t *testing.T) {
	for _, latency := range []time.Duration{time.Millisecond, 30 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second} {
		t.Run(latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := at(100)
				s := &service{limit: newWindow(100), latency: constant(latency)}
				const minute = 60
				work(t, l, s, minute*time.Second)
				if calls, most := s.calls.Load(), int64(100*minute); calls < most*96/100-int64(100*latency.Seconds()*5) || calls > most+30 {
					t.Errorf("%d calls, of %d allowed", calls, most)
				}
				if n := s.refused.Load(); n > 0 {
					t.Errorf("%d were refused", n)
				}
				needed := int(100*latency.Seconds()) + 1
				if most := l.inFlight.most; most > needed+needed/4+30 { // the first quarter of a second at once
					t.Errorf("%d calls in flight, and %d are needed", most, needed)
				}
			})
		})
	}
}

// One caller of a family at a time waits for a budget, and the budget's error is the
// call's.
func TestOneCallerWaitsForTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := errors.New("no")
		asked, next := 0, time.Now().Add(time.Hour)
		l := New(Options{Limits: Limits{history: {App: Limit{100, time.Second}}}, Budgets: budgetFunc(func() (time.Duration, error) {
			asked++
			switch {
			case asked > 10: // two for each call
				return 0, refuse
			case asked%2 == 0 && time.Now().Before(next):
				t.Error("two callers wait at once")
			case asked%2 == 1:
				next = time.Now().Add(time.Second)
				return time.Second, nil
			}
			return 0, nil
		})})
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if c, err := l.Begin(t.Context(), history, ""); err == nil {
					c.End(Outcome{})
				}
			})
		}
		wg.Wait()
		if _, err := l.Begin(t.Context(), history, ""); !errors.Is(err, refuse) {
			t.Error(err)
		}
		if s := l.Stats(); s.Calls != 5 || s.InFlight != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A caller that waits for a budget has no place in flight.
func TestABudgetIsAwaitedWithoutAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{
			MaxInFlight: 1, Limits: Limits{history: {App: Limit{1, time.Second}}},
			Budgets: budgetFunc(func() (time.Duration, error) { return time.Hour, nil }),
		})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := l.Begin(ctx, history, ""); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		c := begin(t, l, FamilyList)
		if got := l.Stats().InFlight; got != 1 {
			t.Errorf("%d in flight", got)
		}
		c.End(Outcome{})
		cancel()
		wg.Wait()
		if got := l.Stats().InFlight; got != 0 {
			t.Errorf("%d in flight after all", got)
		}
	})
}

// A call that waits for its user's limit does not delay other users, and Wanted grows
// by one meanwhile.
func TestAUserLimitDelaysOnlyThatUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Limits: Limits{FamilyList: {App: Limit{100, time.Second}, User: Limit{5, time.Minute}}}})
		start := time.Now()
		list := func(user string) {
			c, err := l.Begin(t.Context(), FamilyList, user)
			if err != nil {
				t.Error(err)
				return
			}
			c.End(Outcome{})
		}
		for range 5 {
			list("alice")
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			list("alice")
			if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second {
				t.Errorf("the sixth list of a minute began after %s", took)
			}
		})
		synctest.Wait()
		before := l.Wanted()
		list("bob")
		if took := time.Since(start); took > time.Second {
			t.Errorf("bob's list began after %s", took)
		}
		wg.Wait()
		if after := l.Wanted(); after != before-1 {
			t.Errorf("%d callers wanted while one was parked, %d after", before, after)
		}
	})
}

func TestACancelledCallTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{MaxInFlight: 1})
		c := begin(t, l, history)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 3 { // one has the turn, two wait for it
			wg.Go(func() {
				if _, err := l.Begin(ctx, history, ""); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		c.End(Outcome{Result: Cancelled})
		begin(t, l, history).End(Outcome{})
	})
}

func TestStopAfter(t *testing.T) {
	l := New(Options{})
	stopped := 0
	l.StopAfter(3, func() { stopped++ })
	for i := range 5 {
		begin(t, l, history).End(Outcome{})
		if want := min(1, (i+1)/3); stopped != want {
			t.Errorf("after %d calls stopped %d times", i+1, stopped)
		}
	}
}

// No call of any family begins after the last one.
func TestNoCallBeginsAfterTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{}
		names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
		for _, name := range names {
			limits[name] = FamilyLimits{App: Limit{100, time.Second}}
		}
		l := New(Options{Limits: limits, Budgets: everySecond()})
		ctx, cancel := context.WithCancel(t.Context())
		l.StopAfter(10, cancel)
		var began atomic.Int64
		var wg sync.WaitGroup
		for _, name := range names {
			wg.Go(func() {
				for {
					c, err := l.Begin(ctx, name, "")
					if err != nil {
						return
					}
					began.Add(1)
					c.End(Outcome{})
				}
			})
		}
		wg.Wait()
		if n := began.Load(); n != 10 {
			t.Errorf("%d calls began", n)
		}
	})
}

func TestRateMeter(t *testing.T) {
	now := time.Unix(100, 0)
	var m rateMeter
	if m.perSecond(now) != 0 {
		t.Error("calls before the first")
	}
	for i := range 1000 { // ten seconds at 100
		m.add(now.Add(time.Duration(i) * 10 * time.Millisecond))
	}
	if got := m.perSecond(now.Add(9990 * time.Millisecond)); got != 100 {
		t.Errorf("%.1f a second, want 100", got)
	}
	if got := m.perSecond(now.Add(time.Hour)); got != 0 {
		t.Errorf("%.1f a second after an idle hour", got)
	}
}
