package engine

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
)

// If items can't be spilled, the run stops: the error would affect every user.
func TestFailedSpillStopsTheRun(t *testing.T) {
	db := newDB(t, 200)
	hold := make(chan struct{})
	var others atomic.Int32
	e := Engine[string]{
		DB: db, Pool: NewPool(load(4), 50), Dir: filepath.Join(t.TempDir(), "missing"),
		Weight: func(string) int { return maxHeld },
		Do: func(ctx context.Context, o run.Job, emit emitter) (run.Result, error) {
			if o.Seq == 1 {
				select {
				case <-hold:
				case <-ctx.Done():
				}
				return run.Result{}, context.Cause(ctx)
			}
			if others.Add(1) == 100 {
				close(hold)
			}
			return run.Result{}, emit([]string{"x"})
		},
		Printer: PrintFunc[string](func(run.Job, []string) error { return nil }),
	}
	if err := e.Run(t.Context()); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
	if got := totals(t, db); got.Failed > 0 {
		t.Errorf("%+v", got)
	}
}

// If a partly printed user is stopped again before reaching the same place, the
// printed items are not printed again.
func TestPrintedItemsAreNotRepeated(t *testing.T) {
	db := newDB(t, 1)
	stop := errors.New("stopped")
	var got []int
	for _, pages := range []int{5, 2, 8} {
		ctx, cancel := context.WithCancelCause(t.Context())
		e := Engine[int]{
			DB: db, Pool: NewPool(load(1), 1),
			Do: func(ctx context.Context, _ run.Job, emit func([]int) error) (run.Result, error) {
				for p := range pages {
					if err := emit([]int{p}); err != nil {
						return run.Result{}, err
					}
				}
				if pages < 8 {
					cancel(stop)
				}
				return run.Result{}, context.Cause(ctx)
			},
			Printer: into(&got),
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

// A retry of a failed user prints the items after those already printed.
func TestRetryPrintsTheRest(t *testing.T) {
	db := newDB(t, 2)
	var got []string
	for _, pages := range []int{2, 1, 4} {
		e := Engine[string]{
			DB: db, Pool: NewPool(load(1), 1),
			Do: func(_ context.Context, o run.Job, emit emitter) (run.Result, error) {
				if err := emitPages(o, pages, emit); err != nil {
					return run.Result{}, err
				}
				if pages < 4 && o.Seq == 1 {
					return run.Result{}, fault.New(fault.Refused, "no")
				}
				return run.Result{}, nil
			},
			Printer: into(&got),
		}
		if err := db.Retry(t.Context()); err != nil {
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

// The number of printed items is kept when other users are stopped.
func TestPrintedCountsAreKept(t *testing.T) {
	db := newDB(t, 2)
	stop := errors.New("stopped")
	var got []string
	// try does so many pages of each user; those who are given fewer than all
	// three fail, but for the one who is given up.
	try := func(givenUp int64, pages map[int64]int) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		e := Engine[string]{
			DB: db, Pool: NewPool(load(1), 1),
			Do: func(ctx context.Context, o run.Job, emit emitter) (run.Result, error) {
				if err := emitPages(o, pages[o.Seq], emit); err != nil {
					return run.Result{}, err
				}
				switch {
				case o.Seq == givenUp:
					cancel(stop)
					return run.Result{}, context.Cause(ctx)
				case pages[o.Seq] < 3:
					return run.Result{}, fault.New(fault.Refused, "no")
				}
				return run.Result{}, nil
			},
			Printer: into(&got),
		}
		if err := db.Retry(t.Context()); err != nil {
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
