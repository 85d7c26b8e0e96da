package api

import (
	"fmt"
	"testing"
	"time"
)

func TestAllow(t *testing.T) {
	now := time.Unix(0, 0)
	b := newLimiter(func() time.Time { return now })
	take := func(n int) (taken int) {
		for range n {
			if b.allow("x", limit{5, time.Minute}) {
				taken++
			}
		}
		return taken
	}
	if n := take(10); n != 5 {
		t.Errorf("%d of a burst of 10, want 5", n)
	}
	now = now.Add(12*time.Second - 1)
	if n := take(1); n != 0 {
		t.Error("a call came back too early")
	}
	now = now.Add(1)
	if n := take(2); n != 1 {
		t.Errorf("%d after 12 s, want 1", n)
	}
	now = now.Add(time.Hour)
	if n := take(10); n != 5 {
		t.Errorf("%d after an hour, want 5", n)
	}
	if !b.allow("y", limit{100, time.Second}) {
		t.Error("budgets are not apart")
	}
}

func TestSweep(t *testing.T) {
	now := time.Unix(0, 0)
	b := newLimiter(func() time.Time { return now })
	for i := range 3 * sweepAt {
		b.allow(fmt.Sprint(i), limit{5, time.Minute})
		now = now.Add(time.Second)
	}
	if len(b.budgets) > sweepAt {
		t.Errorf("%d budgets are kept", len(b.budgets))
	}
}
