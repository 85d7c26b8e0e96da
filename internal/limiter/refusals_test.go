package limiter

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// scattered refuses a share of the calls at random.
func scattered(share float64) func() bool {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(1, 2))
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64() < share
	}
}

// A few refusals, as other clients of the App Key cause, do not slow calls down.
func TestScatteredRefusalsDoNotSlowDown(t *testing.T) {
	for _, latency := range []time.Duration{30 * time.Millisecond, 300 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{refuse: scattered(0.04), latency: constant(latency)}
			const seconds = 120
			work(t, at(100), s, seconds*time.Second)
			if answered := s.calls.Load() - s.refused.Load(); answered < 90*seconds {
				t.Errorf("at %s %d of %d calls were answered", latency, answered, 100*seconds)
			}
		})
	}
}

// Beside a client that makes 60 of 100 calls a second, both get a fair share.
func TestAFairShareBesideAnotherClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const seconds, theirs = 120, 60
		limit := newWindow(100)
		s := &service{limit: limit, latency: constant(30 * time.Millisecond)}
		var refused int
		var wg sync.WaitGroup
		wg.Go(func() {
			ticker := time.NewTicker(time.Second / theirs)
			defer ticker.Stop()
			for range seconds * theirs {
				<-ticker.C
				if !limit.allow() {
					refused++
				}
			}
		})
		work(t, at(100), s, seconds*time.Second)
		wg.Wait()
		if answered := s.calls.Load() - s.refused.Load(); answered < 38*seconds || answered > 55*seconds {
			t.Errorf("%.1f calls a second were answered, where 40 are left", float64(answered)/seconds)
		}
		if share := float64(refused) / (seconds * theirs); share > 0.2 {
			t.Errorf("%.0f %% of the other client's calls were refused", 100*share)
		}
	})
}

// Calls pause within a second when the service refuses most of them, and reach the full
// rate when it has recovered.
func TestOverloadPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var overloaded atomic.Bool
		refuse := scattered(0.9)
		s := &service{refuse: func() bool { return overloaded.Load() && refuse() }, latency: constant(30 * time.Millisecond)}
		l := at(100)
		work(t, l, s, 5*time.Second)
		overloaded.Store(true)
		during := func(d time.Duration) int64 {
			before := s.calls.Load()
			work(t, l, s, d)
			return s.calls.Load() - before
		}
		if n := during(time.Second); n > 70 {
			t.Errorf("%d calls in the first second of an overload", n)
		}
		if n := during(time.Minute); n > 120 {
			t.Errorf("%d calls in the next minute", n)
		}
		overloaded.Store(false)
		during(time.Minute) // the last pause, and the way back
		if n := during(10 * time.Second); n < 950 {
			t.Errorf("%d calls in 10 s after the overload", n)
		}
	})
}

// A pause is as long as the Retry-After, and only for its family.
func TestAPauseRespectsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := at(100)
		for range 5 {
			begin(t, l, history).End(Outcome{Result: Refused, RetryAfter: 7 * time.Second})
			time.Sleep(time.Millisecond) //nolint:forbidigo // of a bubble, where nothing waits
		}
		start := time.Now()
		begin(t, l, FamilyList).End(Outcome{})
		if took := time.Since(start); took > time.Second {
			t.Errorf("a call of another family waited %s", took)
		}
		begin(t, l, history).End(Outcome{})
		if took := time.Since(start); took < 6*time.Second || took > 8*time.Second {
			t.Errorf("the next call of the family waited %s, want 7 s", took)
		}
		if got := l.Stats().Refused; got != 5 {
			t.Errorf("%d refusals are counted", got)
		}
	})
}

func TestPausesGrowAndEnd(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var r refusals
	pause := func() time.Duration {
		for range 5 {
			now = now.Add(time.Millisecond)
			r.add(now, true, 0)
		}
		r.cut(now)
		d := r.pausedUntil.Sub(now)
		now = r.pausedUntil
		return d
	}
	var pauses []time.Duration
	for range 9 {
		pauses = append(pauses, pause())
	}
	if pauses[0] != firstPause || pauses[1] != 2*firstPause || pauses[8] != longestPause {
		t.Errorf("pauses %v", pauses)
	}
	now = now.Add(calm + time.Second)
	if d := pause(); d != firstPause {
		t.Errorf("after a calm the pause is %s", d)
	}
	pause()
	for range 2 * recovered {
		now = now.Add(time.Millisecond)
		r.add(now, false, 0)
	}
	r.answers, r.refused = 0, 0
	if d := pause(); d != firstPause {
		t.Errorf("after %d answers the pause is %s", 2*recovered, d)
	}
}

// Refusals that users' own limits explain do not slow calls down. Refusals of almost
// all calls do.
func TestUsersLimitsExplainRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := func(share float64) time.Duration {
			l := New(Options{Limits: Limits{FamilyList: {App: Limit{100, time.Second}, User: Limit{5, time.Minute}}}})
			refuse := scattered(share)
			start := time.Now()
			for i := range 500 {
				c, err := l.Begin(t.Context(), FamilyList, string(rune('a'+i)))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond) //nolint:forbidigo // of a bubble, where nothing waits
				o := Outcome{}
				if refuse() {
					o.Result = Refused
				}
				c.End(o)
			}
			return time.Since(start)
		}
		if took := list(0.3); took > 6*time.Second {
			t.Errorf("500 lists took %s where a third of the users are at their limits", took)
		}
		if took := list(0.95); took < 20*time.Second {
			t.Errorf("500 lists took %s where nearly all calls are refused", took)
		}
	})
}
