package limiter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fsutil"
)

func TestMain(m *testing.M) {
	if folder := childtest.Arg(); folder != "" {
		serveCaller(folder)
		return
	}
	goleak.VerifyTestMain(m)
}

// handClock advances only when a caller sleeps.
type handClock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
}

func newHandClock() *handClock { return &handClock{now: time.Unix(1_800_000_000, 0)} }

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.sleeps = append(c.sleeps, d)
	return nil
}

func (c *handClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// slept returns the sum of the sleeps since its last call.
func (c *handClock) slept() (sum time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.sleeps {
		sum += d
	}
	c.sleeps = nil
	return sum
}

// await takes a call as soon as the budget allows one, and returns the time.
func await(t testing.TB, b Budgets, c clock.Clock, budget string, l Limit) time.Time {
	t.Helper()
	for {
		wait, err := b.Take(t.Context(), budget, l)
		if err != nil {
			t.Fatal(err)
		}
		if wait <= 0 {
			return c.Now()
		}
		if err := c.Sleep(t.Context(), wait); err != nil {
			t.Fatal(err)
		}
	}
}

// checkWindows fails if a window has more calls than the limit.
func checkWindows(t interface{ Fatalf(string, ...any) }, counted []time.Time, calls int, per time.Duration) {
	slices.SortFunc(counted, time.Time.Compare)
	for i := calls; i < len(counted); i++ {
		if gap := counted[i].Sub(counted[i-calls]); gap < per {
			t.Fatalf("%d calls within %s (from call %d on): at most %d are allowed in %s", calls+1, gap, i-calls, calls, per)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Two Shared with one folder keep a limit together, with any gaps between their calls.
// No call waits longer than the window requires.
func TestTwoNeverExceedALimit(t *testing.T) {
	parent := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		folder, err := os.MkdirTemp(parent, "")
		if err != nil {
			r.Fatal(err)
		}
		clock := newHandClock()
		both := []*Shared{OpenShared(folder, clock, nil), OpenShared(folder, clock, nil)}
		calls := rapid.IntRange(1, 6).Draw(r, "calls")
		const per = 10 * time.Second
		var counted []time.Time
		for range rapid.IntRange(1, 30).Draw(r, "n") {
			clock.set(clock.Now().Add(time.Duration(rapid.IntRange(0, 4000).Draw(r, "gap")) * time.Millisecond))
			at := await(t, rapid.SampledFrom(both).Draw(r, "who"), clock, "b", Limit{calls, per})
			counted = append(counted, at)
			if n := len(counted); n > calls && clock.slept() > 0 && at.Sub(counted[n-1-calls]) > per+per/margin {
				r.Fatalf("waited for longer than the window: %s after the call that it begins with", at.Sub(counted[n-1-calls]))
			}
		}
		checkWindows(r, counted, calls, per)
	})
}

func TestOnWait(t *testing.T) {
	var told []time.Duration
	clock := newHandClock()
	s := OpenShared(t.TempDir(), clock, func(d time.Duration) { told = append(told, d) })
	for range 2 {
		await(t, s, clock, "often", Limit{1, time.Second / 2})
		await(t, s, clock, "seldom", Limit{1, 10 * time.Second})
	}
	if len(told) != 1 || told[0] < 9*time.Second {
		t.Errorf("waits %v, want one of nearly 10 s", told)
	}
}

func TestBudgetsAreIndependent(t *testing.T) {
	clock, folder := newHandClock(), t.TempDir()
	s := OpenShared(folder, clock, nil)
	other := OpenShared(SharedFolder(folder, "h", "org#other"), clock, nil)
	await(t, s, clock, "list alice", Limit{1, time.Minute})
	await(t, s, clock, "list bob", Limit{1, time.Minute})
	await(t, other, clock, "list alice", Limit{1, time.Minute})
	if d := clock.slept(); d != 0 {
		t.Errorf("waited %s", d)
	}
	await(t, s, clock, "list alice", Limit{1, time.Minute})
	if d := clock.slept(); d < time.Minute {
		t.Errorf("waited only %s", d)
	}
}

// With two limits, the process with the lower one waits until the calls of both leave
// room.
func TestLimitsDiffer(t *testing.T) {
	clock := newHandClock()
	s := OpenShared(t.TempDir(), clock, nil)
	for range 10 {
		await(t, s, clock, "b", Limit{10, 10 * time.Second})
		clock.set(clock.Now().Add(time.Second / 2))
	}
	await(t, s, clock, "b", Limit{2, 10 * time.Second})
	// 5 s have passed; the ninth of the ten was made at 4 s.
	if got, want := clock.slept(), 9*time.Second+100*time.Millisecond; got != want {
		t.Errorf("waited %s, want %s", got, want)
	}
}

func TestNothingIsCountedAfterAnError(t *testing.T) {
	clock := newHandClock()
	s := OpenShared(t.TempDir(), clock, nil)
	await(t, s, clock, "b", Limit{2, time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Take(ctx, "b", Limit{2, time.Minute}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	await(t, s, clock, "b", Limit{2, time.Minute})
	if d := clock.slept(); d != 0 {
		t.Errorf("waited %s: the cancelled call was counted", d)
	}
	for _, bad := range []Limit{{0, time.Second}, {1, 0}, {1, maxWindow + 1}} {
		if _, err := s.Take(t.Context(), "b", bad); err == nil {
			t.Errorf("a budget of %d in %s was taken", bad.Calls, bad.Per)
		}
	}
}

// A caller that waits for the lock returns when it is cancelled.
func TestCancelledWaits(t *testing.T) {
	folder := t.TempDir()
	s := OpenShared(folder, clock.System(), nil)
	unlock, ok, err := fsutil.TryLock(filepath.Join(folder, "lock"))
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	for range 4 { // one tries the lock, the others wait for it
		go func() {
			_, err := s.Take(ctx, "b", Limit{1, time.Minute})
			errs <- err
		}()
	}
	cancel()
	for range 4 {
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	must(t, unlock())
}

func TestManyAtOnce(t *testing.T) {
	const calls, per, callers, each = 20, 10 * time.Second, 16, 5
	synctest.Test(t, func(t *testing.T) {
		s, system := OpenShared(t.TempDir(), clock.System(), nil), clock.System()
		var mu sync.Mutex
		var counted []time.Time
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for i := range each {
					at := await(t, s, system, "app", Limit{calls, per})
					await(t, s, system, fmt.Sprint("user ", i), Limit{1000, per})
					mu.Lock()
					counted = append(counted, at)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if len(counted) != callers*each {
			t.Fatalf("%d calls", len(counted))
		}
		checkWindows(t, counted, calls, per)
	})
}

// BenchmarkTake measures a call that does not wait, with a full window of the App Key's
// limit.
func BenchmarkTake(b *testing.B) {
	s := OpenShared(b.TempDir(), clock.System(), nil)
	for b.Loop() {
		if _, err := s.Take(b.Context(), "b", Limit{1_000_000, 3 * time.Millisecond}); err != nil {
			b.Fatal(err)
		}
	}
}
