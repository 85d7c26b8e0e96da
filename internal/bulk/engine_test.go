package bulk

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load wants so many callers, always.
type load int

func (l load) Wanted() int            { return int(l) }
func (l load) Grown() <-chan struct{} { return nil }

func newLedger(t *testing.T, users int) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Path(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var all []ledger.Owner
	for i := range users {
		all = append(all, ledger.Owner{ID: fmt.Sprint("u", i)})
	}
	if _, err := l.Add(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return l
}

func totals(t *testing.T, l *ledger.Ledger) ledger.Totals {
	t.Helper()
	got, err := l.Totals(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

type emitter = func([]string) error

// Whatever order users finish in, they are printed in the order given, whole,
// and no more of them are at work than are wanted.
func TestPrintedInOrder(t *testing.T) {
	const users, wanted, pages = 300, 8, 5
	l := newLedger(t, users)
	var active, most atomic.Int32
	var want, got []string
	for i := range users {
		for p := range pages {
			want = append(want, fmt.Sprint("u", i, " page ", p))
		}
	}
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(wanted), 50),
		Do: func(_ context.Context, o ledger.Owner, emit emitter) (ledger.Result, error) {
			most.Store(max(most.Load(), active.Add(1)))
			defer active.Add(-1)
			for p := range pages {
				for range rand.IntN(50) {
					runtime.Gosched()
				}
				if err := emit([]string{fmt.Sprint(o.ID, " page ", p)}); err != nil {
					return ledger.Result{}, err
				}
			}
			return ledger.Result{Messages: pages}, nil
		},
		Printer: PrintFunc[string](func(_ ledger.Owner, items []string) error {
			got = append(got, items...)
			return nil
		}),
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := most.Load(); n > wanted || n < 2 {
		t.Errorf("%d at a time, %d are wanted", n, wanted)
	}
	if diff := cmp.Diff(ledger.Totals{Owners: users, Done: users, Messages: users * pages}, totals(t, l)); diff != "" {
		t.Error(diff)
	}
}

func TestOneFailureIsNoOthers(t *testing.T) {
	l := newLedger(t, 100)
	var ended sync.Map
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(5), 50),
		Do: func(_ context.Context, o ledger.Owner, _ emitter) (ledger.Result, error) {
			if o.Seq%10 == 0 {
				return ledger.Result{}, fault.New(fault.NotFound, "no such user")
			}
			return ledger.Result{}, nil
		},
		Ended: func(o ledger.Owner, r ledger.Result) { ended.Store(o.ID, r.State) },
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := totals(t, l)
	if got.Failed != 10 || got.Done != 90 {
		t.Errorf("%+v", got)
	}
	if state, _ := ended.Load("u9"); state != ledger.Failed {
		t.Errorf("u9 ended as %v", state)
	}
	var first ledger.OwnerResult
	for r, err := range l.Owners(t.Context(), ledger.Failed) {
		if err != nil || r.Kind != fault.NotFound || r.Error == "" {
			t.Errorf("%+v, %v", r, err)
		}
		first = r
	}
	if err := Verdict(got, first, "hint"); fault.KindOf(err) != fault.Partial {
		t.Error(err)
	}
	if err := Verdict(ledger.Totals{Owners: 1, Failed: 1}, first, "hint"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
	if err := Verdict(ledger.Totals{Owners: 1, Done: 1}, first, ""); err != nil {
		t.Error(err)
	}
}

// What has nothing to do with the users ends a run before it has gone through
// all of them.
func TestManyFailuresInARowEndARun(t *testing.T) {
	l := newLedger(t, 1000)
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(4), 50),
		Do: func(context.Context, ledger.Owner, emitter) (ledger.Result, error) {
			return ledger.Result{}, fault.New(fault.Network, "unreachable")
		},
	}
	if err := e.Run(t.Context()); fault.KindOf(err) != fault.Network {
		t.Error(err)
	}
	if got := totals(t, l); got.Failed < inARow || got.Failed > inARow+4 || got.Pending < 900 {
		t.Errorf("%+v", got)
	}
}

func TestAFatalErrorEndsARun(t *testing.T) {
	full := errors.New("disk full")
	l := newLedger(t, 100)
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(4), 50),
		Do: func(_ context.Context, o ledger.Owner, _ emitter) (ledger.Result, error) {
			if o.Seq == 20 {
				return ledger.Result{}, fmt.Errorf("writing: %w", Fatal(full))
			}
			return ledger.Result{}, nil
		},
	}
	if err := e.Run(t.Context()); !errors.Is(err, full) {
		t.Error(err)
	}
	if got := totals(t, l); got.Failed != 0 || got.Pending < 70 {
		t.Errorf("%+v", got)
	}
	if Fatal(nil) != nil {
		t.Error("nothing is fatal")
	}
}

// Output that can't be written ends a run; the users who were not printed wait.
func TestWhatWasNotPrintedWaits(t *testing.T) {
	closed := errors.New("closed")
	l := newLedger(t, 100)
	printed := 0
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(4), 50),
		Do: func(_ context.Context, _ ledger.Owner, emit emitter) (ledger.Result, error) {
			return ledger.Result{}, emit([]string{"x"})
		},
		Printer: PrintFunc[string](func(ledger.Owner, []string) error {
			printed++
			if printed > 10 {
				return closed
			}
			return nil
		}),
	}
	if err := e.Run(t.Context()); !errors.Is(err, closed) {
		t.Error(err)
	}
	if got := totals(t, l); got.Done != 10 || got.Pending != 90 {
		t.Errorf("%+v", got)
	}
}

// holding keeps back so many items.
type holding struct {
	most, printed int
	waiting       []string
}

func (h *holding) Print(_ ledger.Owner, items []string) error {
	if h.waiting = append(h.waiting, items...); len(h.waiting) >= h.most {
		return h.Flush()
	}
	return nil
}

func (h *holding) Held() bool { return len(h.waiting) > 0 }

func (h *holding) Flush() error {
	h.printed += len(h.waiting)
	h.waiting = nil
	return nil
}

// Nobody is done before what was found for them is printed: what a killed
// process has kept back, the next one finds again.
func TestNobodyIsDoneUnprinted(t *testing.T) {
	l := newLedger(t, 100)
	h := &holding{most: 30}
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(4), 50), Printer: h,
		Do: func(_ context.Context, _ ledger.Owner, emit emitter) (ledger.Result, error) {
			return ledger.Result{}, emit([]string{"x", "y"})
		},
		Ended: func(o ledger.Owner, _ ledger.Result) {
			if int(o.Seq)*2 > h.printed {
				t.Errorf("%d items are printed, and user %d is done", h.printed, o.Seq)
			}
		},
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := totals(t, l); got.Done != 100 || h.printed != 200 {
		t.Errorf("%+v, %d printed", got, h.printed)
	}
}

// A user of whom nothing is kept back is done, whoever's row is.
func TestWhoHasNothingToPrintIsDone(t *testing.T) {
	l := newLedger(t, 100)
	h := &holding{most: 30}
	ended := 0
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(1), 1), Printer: h,
		Do: func(_ context.Context, o ledger.Owner, emit emitter) (ledger.Result, error) {
			if o.Seq == 1 {
				return ledger.Result{}, emit([]string{"x"})
			}
			return ledger.Result{}, nil
		},
		Ended: func(ledger.Owner, ledger.Result) {
			ended++
			if ended == 99 && h.printed > 0 {
				t.Error("the row was printed before the others were done")
			}
		},
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ended != 100 || h.printed != 1 {
		t.Errorf("%d ended, %d printed", ended, h.printed)
	}
}

// While one user's part is long, the others' go on: what they came to waits in
// files, however much it is.
func TestNobodyWaitsForTheirTurnToBePrinted(t *testing.T) {
	const users, pages, size = 20, 100, 50
	l := newLedger(t, users)
	others := make(chan struct{}, users)
	var want, got []string
	for i := range users {
		for p := range pages * size {
			want = append(want, fmt.Sprint("u", i, " item ", p))
		}
	}
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(4), 50), Dir: t.TempDir(),
		Do: func(_ context.Context, o ledger.Owner, emit emitter) (ledger.Result, error) {
			if o.Seq == 1 {
				for range users - 1 {
					<-others
				}
			} else {
				defer func() { others <- struct{}{} }()
			}
			for p := range pages {
				var page []string
				for i := range size {
					page = append(page, fmt.Sprint(o.ID, " item ", p*size+i))
				}
				if err := emit(page); err != nil {
					return ledger.Result{}, err
				}
			}
			return ledger.Result{}, nil
		},
		Printer: PrintFunc[string](func(_ ledger.Owner, items []string) error {
			got = append(got, items...)
			return nil
		}),
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d items, want %d in order", len(got), len(want))
	}
}

// Where what waits can't be kept, the run ends: every user would meet that.
func TestABacklogThatCantBeKeptEndsARun(t *testing.T) {
	l := newLedger(t, 200)
	hold := make(chan struct{})
	var others atomic.Int32
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(4), 50), Dir: filepath.Join(t.TempDir(), "missing"),
		Weight: func(string) int { return heldItems },
		Do: func(ctx context.Context, o ledger.Owner, emit emitter) (ledger.Result, error) {
			if o.Seq == 1 {
				select {
				case <-hold:
				case <-ctx.Done():
				}
				return ledger.Result{}, context.Cause(ctx)
			}
			if others.Add(1) == 100 {
				close(hold)
			}
			return ledger.Result{}, emit([]string{"x"})
		},
		Printer: PrintFunc[string](func(ledger.Owner, []string) error { return nil }),
	}
	if err := e.Run(t.Context()); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
	if got := totals(t, l); got.Failed > 0 {
		t.Errorf("%+v", got)
	}
}

// A user who was printed in part, and whose part is given up once more before
// it gets as far, is not printed again from an earlier place.
func TestWhatWasPrintedStaysPrinted(t *testing.T) {
	l := newLedger(t, 1)
	stop := errors.New("stopped")
	var got []int
	for _, pages := range []int{5, 2, 8} {
		ctx, cancel := context.WithCancelCause(t.Context())
		e := Engine[int]{
			Ledger: l, Pool: NewPool(load(1), 1),
			Do: func(ctx context.Context, _ ledger.Owner, emit func([]int) error) (ledger.Result, error) {
				for p := range pages {
					if err := emit([]int{p}); err != nil {
						return ledger.Result{}, err
					}
				}
				if pages < 8 {
					cancel(stop)
				}
				return ledger.Result{}, context.Cause(ctx)
			},
			Printer: PrintFunc[int](func(_ ledger.Owner, items []int) error {
				got = append(got, items...)
				return nil
			}),
		}
		if err := e.Run(ctx); err != nil && !errors.Is(err, stop) {
			t.Fatal(err)
		}
		cancel(nil)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6, 7}, got); diff != "" {
		t.Error(diff)
	}
}

// Another try of a user who failed prints what comes behind that which is printed.
func TestAnotherTryPrintsTheRest(t *testing.T) {
	l := newLedger(t, 2)
	var got []string
	for _, pages := range []int{2, 1, 4} {
		e := Engine[string]{
			Ledger: l, Pool: NewPool(load(1), 1),
			Do: func(_ context.Context, o ledger.Owner, emit emitter) (ledger.Result, error) {
				for p := range pages {
					if err := emit([]string{fmt.Sprint(o.ID, p)}); err != nil {
						return ledger.Result{}, err
					}
				}
				if pages < 4 && o.Seq == 1 {
					return ledger.Result{}, fault.New(fault.Refused, "no")
				}
				return ledger.Result{}, nil
			},
			Printer: PrintFunc[string](func(_ ledger.Owner, items []string) error {
				got = append(got, items...)
				return nil
			}),
		}
		if err := l.Retry(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := e.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"u00", "u01", "u10", "u11", "u02", "u03"}, got); diff != "" {
		t.Error(diff)
	}
}

// What was printed of a user is known, also when others were given up since.
func TestSeveralWereGivenUp(t *testing.T) {
	l := newLedger(t, 2)
	stop := errors.New("stopped")
	var got []string
	// try does so many pages of each user; those who are given fewer than all
	// three fail, but for the one who is given up.
	try := func(givenUp int64, pages map[int64]int) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		e := Engine[string]{
			Ledger: l, Pool: NewPool(load(1), 1),
			Do: func(ctx context.Context, o ledger.Owner, emit emitter) (ledger.Result, error) {
				for p := range pages[o.Seq] {
					if err := emit([]string{fmt.Sprint(o.ID, p)}); err != nil {
						return ledger.Result{}, err
					}
				}
				switch {
				case o.Seq == givenUp:
					cancel(stop)
					return ledger.Result{}, context.Cause(ctx)
				case pages[o.Seq] < 3:
					return ledger.Result{}, fault.New(fault.Refused, "no")
				}
				return ledger.Result{}, nil
			},
			Printer: PrintFunc[string](func(_ ledger.Owner, items []string) error {
				got = append(got, items...)
				return nil
			}),
		}
		if err := l.Retry(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := e.Run(ctx); err != nil && !errors.Is(err, stop) {
			t.Fatal(err)
		}
	}
	try(0, map[int64]int{})
	try(2, map[int64]int{2: 1})
	try(1, map[int64]int{1: 2})
	try(0, map[int64]int{1: 3, 2: 3})
	if diff := cmp.Diff([]string{"u10", "u00", "u01", "u02", "u11", "u12"}, got); diff != "" {
		t.Error(diff)
	}
}

// Users who had no try yet come before those who failed.
func TestThoseWhoFailedComeLast(t *testing.T) {
	l := newLedger(t, 6)
	finish := func(seq int64, s ledger.State) {
		if err := l.Finish(t.Context(), ledger.Owner{Seq: seq}, ledger.Result{State: s}); err != nil {
			t.Fatal(err)
		}
	}
	finish(1, ledger.Failed)
	finish(2, ledger.Done)
	finish(4, ledger.Failed)
	if err := l.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []int64
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(1), 1),
		Do: func(_ context.Context, o ledger.Owner, _ emitter) (ledger.Result, error) {
			got = append(got, o.Seq)
			return ledger.Result{}, nil
		},
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{3, 5, 6, 1, 4}, got); diff != "" {
		t.Error(diff)
	}
}

// A run that is stopped goes on where it was, and does nobody twice.
func TestStoppedAndGoneOnWith(t *testing.T) {
	l := newLedger(t, 200)
	stop := errors.New("enough")
	var mu sync.Mutex
	var did []string
	for range 20 {
		ctx, cancel := context.WithCancelCause(t.Context())
		n := 0
		e := Engine[string]{
			Ledger: l, Pool: NewPool(load(4), 50),
			Do: func(ctx context.Context, o ledger.Owner, _ emitter) (ledger.Result, error) {
				if err := context.Cause(ctx); err != nil {
					return ledger.Result{}, err
				}
				mu.Lock()
				defer mu.Unlock()
				did = append(did, o.ID)
				n++
				if n == 20 {
					cancel(stop)
				}
				return ledger.Result{}, nil
			},
		}
		if err := e.Run(ctx); err != nil && !errors.Is(err, stop) {
			t.Fatal(err)
		}
		cancel(nil)
	}
	slices.Sort(did)
	if len(did) != 200 || len(slices.Compact(did)) != 200 {
		t.Errorf("%d parts done for 200 users", len(did))
	}
}

func TestMoreUsersAreAskedForWhenTheyAreNeeded(t *testing.T) {
	l := newLedger(t, 0)
	page := 0
	var did atomic.Int32
	e := Engine[string]{
		Ledger: l, Pool: NewPool(load(3), 50),
		More: func(ctx context.Context) (bool, error) {
			page++
			if page == 2 { // an empty page is not the end
				return true, nil
			}
			_, err := l.AddPage(ctx, []ledger.Owner{{ID: fmt.Sprint(page)}, {ID: fmt.Sprint(page, "b")}}, "cursor", "")
			return page < 5, err
		},
		Do: func(context.Context, ledger.Owner, emitter) (ledger.Result, error) {
			did.Add(1)
			return ledger.Result{}, nil
		},
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if did.Load() != 8 || page != 5 {
		t.Errorf("%d users of %d pages", did.Load(), page)
	}
	broken := errors.New("broken")
	e = Engine[string]{Ledger: l, Pool: NewPool(load(3), 50), More: func(context.Context) (bool, error) { return false, broken }}
	if err := e.Run(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// At the end, when no user waits any more, those at work can use what is free.
func TestTasksForkAtTheEnd(t *testing.T) {
	p := NewPool(load(4), 50)
	var forked, together atomic.Int32
	release := make(chan struct{})
	handed := 0
	err := p.Run(t.Context(), func() (func(), bool, error) {
		handed++
		if handed > 1 {
			return nil, false, nil
		}
		return func() {
			for !p.Spare() { // until Run has found that there is nothing more
				runtime.Gosched()
			}
			for p.Fork(func() { together.Add(1); <-release }) {
				forked.Add(1)
			}
			if p.Spare() {
				t.Error("more are wanted")
			}
			close(release)
		}, true, nil
	})
	if err != nil || forked.Load() != 3 || together.Load() != 3 {
		t.Errorf("%d forked, %d ran, %v; want 3", forked.Load(), together.Load(), err)
	}
}

func TestEstimate(t *testing.T) {
	got := NewEstimate(50_000, map[string]float64{"list": 1, "": 12.5}, Rates{"": {PerSecond: 100}, "list": {PerSecond: 100, OwnCalls: 5, OwnPer: time.Minute}})
	if got.Calls != 675_000 || got.Time.Seconds() != 6250 {
		t.Errorf("%+v", got)
	}
	own := Rates{"unlist": {PerSecond: 100, OwnCalls: 5, OwnPer: time.Minute}}
	for calls, want := range map[float64]time.Duration{5: 100 * time.Millisecond, 5.5: time.Minute, 10: time.Minute, 11: 2 * time.Minute} {
		if got := NewEstimate(2, map[string]float64{"unlist": calls}, own); got.Time.Round(100*time.Millisecond) != want {
			t.Errorf("%g calls each: %s, want %s", calls, got.Time, want)
		}
	}
	if got := NewEstimate(10, map[string]float64{"": 1}, nil); got.Time != 0 || got.Calls != 10 {
		t.Errorf("%+v", got)
	}
}
