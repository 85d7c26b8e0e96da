package easemob

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/roaming"
)

// TestPacing: five listings go at once, the sixth a minute after the first;
// another user has a budget of their own, deletions another still.
func TestPacing(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method == http.MethodDelete {
			reply(w, 200, sample(t, "conversation_deleted.json"))
			return
		}
		reply(w, 200, `{"data":{"channel_infos":[],"cursor":""}}`)
	}}
	c, clock := newTest(t, s, func(o *Options) { o.Limits = DefaultLimits() })
	list := func(owner string) {
		t.Helper()
		if _, err := c.RecentConversations(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		list("alice")
		clock.advance(time.Second)
	}
	list("bob")
	for range 5 {
		if err := c.DeleteConversation(t.Context(), alice("bob", roaming.Chat), false); err != nil {
			t.Fatal(err)
		}
	}
	clock.sleeps = nil
	list("alice")
	if diff := cmp.Diff([]time.Duration{55 * time.Second}, clock.sleeps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPacingOfTheApp(t *testing.T) {
	c, clock := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, okDeletion), nil },
		func(o *Options) { o.Limits = DefaultLimits() })
	start := clock.Now()
	for i := range 250 {
		if err := c.DeleteEverything(t.Context(), fmt.Sprint("user", i)); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(start); took != 2*time.Second {
		t.Errorf("250 calls at 100 a second took %v, want 2 s", took)
	}
}

func TestNoPacing(t *testing.T) {
	c, clock := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, okDeletion), nil })
	for range 300 {
		if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
	}
	if len(clock.sleeps) != 0 {
		t.Errorf("slept %v", clock.sleeps)
	}
}

// TestPacerNeverExceedsALimit: whatever the gaps between calls, no window of
// a budget holds more calls than allowed.
func TestPacerNeverExceedsALimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := newTestClock()
		p := newMemoryPacer(clock)
		l := Limit{rapid.IntRange(1, 8).Draw(t, "calls"), time.Duration(rapid.IntRange(1, 100).Draw(t, "per")) * time.Second}
		var calls []time.Time
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 60).Draw(t, "gaps") {
			clock.advance(time.Duration(gap) * time.Second)
			if err := p.Wait(context.Background(), "b", l); err != nil {
				t.Fatal(err)
			}
			calls = append(calls, clock.Now())
			if n := len(calls); n > l.Calls && calls[n-1].Sub(calls[n-1-l.Calls]) < l.Per {
				t.Fatalf("%d calls within %v", l.Calls+1, calls[n-1].Sub(calls[n-1-l.Calls]))
			}
		}
	})
}

func TestPacerCountsNothingWhenCancelled(t *testing.T) {
	clock := newTestClock()
	p := newMemoryPacer(clock)
	ctx, cancel := context.WithCancel(t.Context())
	l := Limit{1, time.Minute}
	if err := p.Wait(ctx, "b", l); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.Wait(ctx, "b", l); err == nil {
		t.Fatal("no error")
	}
	if n := len(p.calls["b"]); n != 1 {
		t.Errorf("%d calls are counted, want 1", n)
	}
}

func TestPacerForgetsIdleBudgets(t *testing.T) {
	clock := newTestClock()
	p := newMemoryPacer(clock)
	for i := range 20 * minPrune {
		if err := p.Wait(t.Context(), fmt.Sprint(i), Limit{5, time.Minute}); err != nil {
			t.Fatal(err)
		}
		clock.advance(10 * time.Second)
	}
	if n := len(p.calls); n > 2*minPrune {
		t.Errorf("%d budgets are kept", n)
	}
}

func TestEveryAttemptIsPaced(t *testing.T) {
	c, clock := newOffline(t, func(n int) (*http.Response, error) {
		if n < 4 {
			return response(503, http.Header{"Retry-After": {"0"}}, `{}`), nil
		}
		return response(200, nil, okDeletion), nil
	}, func(o *Options) { o.Limits.Delete = Limit{2, time.Minute} })
	if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(clock.sleeps, time.Minute) {
		t.Errorf("four attempts at 2 a minute slept %v", clock.sleeps)
	}
}
