package limiter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
	"pgregory.net/rapid"
)

// No window of a budget has more calls than allowed, with any gaps between calls.
func TestMemoryNeverExceedsALimit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		clock := newHandClock()
		m := InMemory(clock).(*memory)
		l := Limit{rapid.IntRange(1, 8).Draw(r, "calls"), time.Duration(rapid.IntRange(1, 100).Draw(r, "per")) * time.Second}
		var calls []time.Time
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 60).Draw(r, "gaps") {
			clock.set(clock.Now().Add(time.Duration(gap) * time.Second))
			calls = append(calls, await(t, m, clock, "b", l))
		}
		checkWindows(r, calls, l.Calls, l.Per)
	})
}

func TestMemoryCountsNothingWhenCancelled(t *testing.T) {
	m := InMemory(newHandClock()).(*memory)
	ctx, cancel := context.WithCancel(t.Context())
	l := Limit{2, time.Minute}
	_, err := m.Take(ctx, "b", l)
	must(t, err)
	cancel()
	if _, err := m.Take(ctx, "b", l); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := len(m.windows["b"].calls); n != 1 {
		t.Errorf("%d calls are counted, want 1", n)
	}
}

func TestMemoryForgetsIdleBudgets(t *testing.T) {
	clock := newHandClock()
	m := InMemory(clock).(*memory)
	for i := range 20 * minPrune {
		await(t, m, clock, fmt.Sprint(i), Limit{5, time.Minute})
		clock.set(clock.Now().Add(10 * time.Second))
	}
	if n := len(m.windows); n > 2*minPrune {
		t.Errorf("%d budgets are kept", n)
	}
}

// Budgets in memory replace those of an unusable folder, with one warning. A cancelled
// call does not cause that.
func TestFallback(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	second, warnings := InMemory(newHandClock()).(*memory), 0
	b := Fallback(OpenShared(filepath.Join(file, "quota"), clock.System(), nil), second, func(error) { warnings++ })
	l := Limit{5, time.Minute}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Take(cancelled, "b", l); !errors.Is(err, context.Canceled) || warnings > 0 {
		t.Errorf("cancelled: %v, %d warnings", err, warnings)
	}
	for range 4 {
		if wait, err := b.Take(t.Context(), "b", l); wait != 0 || err != nil {
			t.Error(wait, err)
		}
	}
	if n := len(second.windows["b"].calls); n != 4 || warnings != 1 {
		t.Errorf("%d calls were counted in memory, %d warnings; want 4 and 1", n, warnings)
	}
}
