package limiter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever the gaps between calls, no window of a budget holds more calls than
// allowed.
func TestMemoryNeverExceedsALimit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		clock := newHandClock()
		m := newMemory(clock)
		l := Limit{rapid.IntRange(1, 8).Draw(r, "calls"), time.Duration(rapid.IntRange(1, 100).Draw(r, "per")) * time.Second}
		var calls []time.Time
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 60).Draw(r, "gaps") {
			clock.set(clock.Now().Add(time.Duration(gap) * time.Second))
			if err := m.Wait(context.Background(), "b", l); err != nil {
				r.Fatal(err)
			}
			calls = append(calls, clock.Now())
		}
		checkWindows(r, calls, l.Calls, l.Per)
	})
}

func TestMemoryCountsNothingWhenCancelled(t *testing.T) {
	m := newMemory(newHandClock())
	ctx, cancel := context.WithCancel(t.Context())
	l := Limit{2, time.Minute}
	must(t, m.Wait(ctx, "b", l))
	cancel()
	if err := m.Wait(ctx, "b", l); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := m.Take(ctx, "b", l); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := len(m.calls["b"]); n != 1 {
		t.Errorf("%d calls are counted, want 1", n)
	}
}

func TestMemoryForgetsIdleBudgets(t *testing.T) {
	clock := newHandClock()
	m := newMemory(clock)
	for i := range 20 * minPrune {
		must(t, m.Wait(t.Context(), fmt.Sprint(i), Limit{5, time.Minute}))
		clock.set(clock.Now().Add(10 * time.Second))
	}
	if n := len(m.calls); n > 2*minPrune {
		t.Errorf("%d budgets are kept", n)
	}
}

// Budgets in a folder that can't be used are replaced by those in memory, with
// one warning; a cancelled call is no reason.
func TestFallback(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	second, warnings := newMemory(newHandClock()), 0
	b := Fallback(OpenShared(filepath.Join(file, "quota"), SharedOptions{}), second, func(error) { warnings++ })
	l := Limit{5, time.Minute}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Wait(cancelled, "b", l); !errors.Is(err, context.Canceled) || warnings > 0 {
		t.Errorf("cancelled: %v, %d warnings", err, warnings)
	}
	for range 3 {
		must(t, b.Wait(t.Context(), "b", l))
	}
	if full, err := b.Take(t.Context(), "b", l); full != 0 || err != nil {
		t.Error(full, err)
	}
	if n := len(second.calls["b"]); n != 4 || warnings != 1 {
		t.Errorf("%d calls were counted in memory, %d warnings; want 4 and 1", n, warnings)
	}
}
