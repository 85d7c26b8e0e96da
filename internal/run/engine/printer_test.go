package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/run"
)

// into is a printer that adds what it prints to a list.
func into[T any](list *[]T) Printer[T] {
	return PrintFunc[T](func(_ run.Job, items []T) error {
		*list = append(*list, items...)
		return nil
	})
}

// emitPages emits so many pages of a user, each of one item: its number, behind
// the user's ID.
func emitPages(o run.Job, pages int, emit emitter) error {
	for p := range pages {
		if err := emit([]string{fmt.Sprint(o.User, p)}); err != nil {
			return err
		}
	}
	return nil
}

// Users are printed in the given order and as a whole, in whatever order they finish.
// No more users are in progress than are wanted.
func TestPrintedInOrder(t *testing.T) {
	const users, wanted, pages = 300, 8, 5
	db := newDB(t, users)
	var active, most atomic.Int32
	var want, got []string
	for i := range users {
		for p := range pages {
			want = append(want, fmt.Sprint("u", i, " page ", p))
		}
	}
	e := Engine[string]{
		DB: db, Pool: NewPool(load(wanted), 50),
		Do: func(_ context.Context, o run.Job, emit emitter) (run.Result, error) {
			most.Store(max(most.Load(), active.Add(1)))
			defer active.Add(-1)
			for p := range pages {
				for range rand.IntN(50) {
					runtime.Gosched()
				}
				if err := emit([]string{fmt.Sprint(o.User, " page ", p)}); err != nil {
					return run.Result{}, err
				}
			}
			return run.Result{Messages: pages}, nil
		},
		Printer: into(&got),
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
	if diff := cmp.Diff(run.Totals{Users: users, Done: users, Messages: users * pages}, totals(t, db)); diff != "" {
		t.Error(diff)
	}
}

// A write error of the output stops the run; users who were not printed stay pending.
func TestUnprintedItemsAreKept(t *testing.T) {
	closed := errors.New("closed")
	db := newDB(t, 100)
	printed := 0
	e := Engine[string]{
		DB: db, Pool: NewPool(load(4), 50),
		Do: func(_ context.Context, _ run.Job, emit emitter) (run.Result, error) {
			return run.Result{}, emit([]string{"x"})
		},
		Printer: PrintFunc[string](func(run.Job, []string) error {
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
	if got := totals(t, db); got.Done != 10 || got.Pending != 90 {
		t.Errorf("%+v", got)
	}
}

// holding keeps back so many items.
type holding struct {
	most, printed int
	waiting       []string
}

func (h *holding) Print(_ run.Job, items []string) error {
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

// A user is done only when all their items are printed, so a run resumed after a kill
// prints the items that the killed process held back.
func TestUsersAreDoneWhenPrinted(t *testing.T) {
	db := newDB(t, 100)
	h := &holding{most: 30}
	e := Engine[string]{
		DB: db, Pool: NewPool(load(4), 50), Printer: h,
		Do: func(_ context.Context, _ run.Job, emit emitter) (run.Result, error) {
			return run.Result{}, emit([]string{"x", "y"})
		},
		OnEnd: func(o run.Job, _ run.Result) {
			if int(o.Seq)*2 > h.printed {
				t.Errorf("%d items are printed, and user %d is done", h.printed, o.Seq)
			}
		},
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := totals(t, db); got.Done != 100 || h.printed != 200 {
		t.Errorf("%+v, %d printed", got, h.printed)
	}
}

// A user without held items is done, even if another user's items are held.
func TestUsersWithoutItemsAreDone(t *testing.T) {
	db := newDB(t, 100)
	h := &holding{most: 30}
	ended := 0
	e := Engine[string]{
		DB: db, Pool: NewPool(load(1), 1), Printer: h,
		Do: func(_ context.Context, o run.Job, emit emitter) (run.Result, error) {
			if o.Seq == 1 {
				return run.Result{}, emit([]string{"x"})
			}
			return run.Result{}, nil
		},
		OnEnd: func(run.Job, run.Result) {
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

// While one user is printed slowly, the others continue: their items are spilled to
// files.
func TestPrintingDoesNotBlockUsers(t *testing.T) {
	const users, pages, size = 20, 100, 50
	db := newDB(t, users)
	others := make(chan struct{}, users)
	var want, got []string
	for i := range users {
		for p := range pages * size {
			want = append(want, fmt.Sprint("u", i, " item ", p))
		}
	}
	e := Engine[string]{
		DB: db, Pool: NewPool(load(4), 50), Dir: t.TempDir(),
		Do: func(_ context.Context, o run.Job, emit emitter) (run.Result, error) {
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
					page = append(page, fmt.Sprint(o.User, " item ", p*size+i))
				}
				if err := emit(page); err != nil {
					return run.Result{}, err
				}
			}
			return run.Result{}, nil
		},
		Printer: into(&got),
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d items, want %d in order", len(got), len(want))
	}
}
