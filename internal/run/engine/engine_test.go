package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load wants so many callers, always.
type load int

func (l load) Wanted() int            { return int(l) }
func (l load) Grown() <-chan struct{} { return nil }

func newDB(t *testing.T, users int) *run.DB {
	t.Helper()
	db, err := run.CreateTemporary(t.Context(), filepath.Join(t.TempDir(), "run.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var all []run.Job
	for i := range users {
		all = append(all, run.Job{User: fmt.Sprint("u", i)})
	}
	if _, err := db.Add(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return db
}

func totals(t *testing.T, db *run.DB) run.Totals {
	t.Helper()
	got, err := db.Totals(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

type emitter = func([]string) error

func TestOneFailingUserDoesNotStopOthers(t *testing.T) {
	db := newDB(t, 100)
	var ended sync.Map
	e := Engine[string]{
		DB: db, Pool: NewPool(load(5), 50),
		Do: func(_ context.Context, j run.Job, _ emitter) (run.Result, error) {
			if j.Seq%10 == 0 {
				return run.Result{}, fault.New(fault.NotFound, "no such user")
			}
			return run.Result{}, nil
		},
		OnEnd: func(j run.Job, r run.Result) { ended.Store(j.User, r.State) },
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := totals(t, db)
	if got.Failed != 10 || got.Done != 90 {
		t.Errorf("%+v", got)
	}
	if state, _ := ended.Load("u9"); state != run.Failed {
		t.Errorf("u9 ended as %v", state)
	}
	var first run.JobResult
	for r, err := range db.Jobs(t.Context(), run.Failed) {
		if err != nil || r.Kind != fault.NotFound || r.Error == "" {
			t.Errorf("%+v, %v", r, err)
		}
		first = r
	}
	if err := Verdict(got, first, "hint"); fault.KindOf(err) != fault.Partial {
		t.Error(err)
	}
	if err := Verdict(run.Totals{Users: 1, Failed: 1}, first, "hint"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
	if err := Verdict(run.Totals{Users: 1, Done: 1}, first, ""); err != nil {
		t.Error(err)
	}
}

// Consecutive failures unrelated to users stop the run.
func TestConsecutiveFailuresStopTheRun(t *testing.T) {
	db := newDB(t, 1000)
	e := Engine[string]{
		DB: db, Pool: NewPool(load(4), 50),
		Do: func(context.Context, run.Job, emitter) (run.Result, error) {
			return run.Result{}, fault.New(fault.Network, "unreachable")
		},
	}
	if err := e.Run(t.Context()); fault.KindOf(err) != fault.Network {
		t.Error(err)
	}
	if got := totals(t, db); got.Failed < maxFailures || got.Failed > maxFailures+4 || got.Pending < 900 {
		t.Errorf("%+v", got)
	}
}

func TestFatalErrorsStopTheRun(t *testing.T) {
	full := errors.New("disk full")
	db := newDB(t, 100)
	e := Engine[string]{
		DB: db, Pool: NewPool(load(4), 50),
		Do: func(_ context.Context, j run.Job, _ emitter) (run.Result, error) {
			if j.Seq == 20 {
				return run.Result{}, fmt.Errorf("writing: %w", Fatal(full))
			}
			return run.Result{}, nil
		},
	}
	if err := e.Run(t.Context()); !errors.Is(err, full) {
		t.Error(err)
	}
	if got := totals(t, db); got.Failed != 0 || got.Pending < 70 {
		t.Errorf("%+v", got)
	}
	if Fatal(nil) != nil {
		t.Error("Fatal(nil) is not nil")
	}
}

// Users without an attempt come before failed ones.
func TestFailedUsersAreRetriedLast(t *testing.T) {
	db := newDB(t, 6)
	finish := func(seq int64, s run.State) {
		if err := db.Finish(t.Context(), run.Job{Seq: seq}, run.Result{State: s}); err != nil {
			t.Fatal(err)
		}
	}
	finish(1, run.Failed)
	finish(2, run.Done)
	finish(4, run.Failed)
	if err := db.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []int64
	e := Engine[string]{
		DB: db, Pool: NewPool(load(1), 1),
		Do: func(_ context.Context, j run.Job, _ emitter) (run.Result, error) {
			got = append(got, j.Seq)
			return run.Result{}, nil
		},
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{3, 5, 6, 1, 4}, got); diff != "" {
		t.Error(diff)
	}
}

// A stopped run resumes where it stopped, and does no job twice.
func TestResumeAfterStop(t *testing.T) {
	db := newDB(t, 200)
	stop := errors.New("enough")
	var mu sync.Mutex
	var did []string
	for range 20 {
		ctx, cancel := context.WithCancelCause(t.Context())
		n := 0
		e := Engine[string]{
			DB: db, Pool: NewPool(load(4), 50),
			Do: func(ctx context.Context, j run.Job, _ emitter) (run.Result, error) {
				if err := context.Cause(ctx); err != nil {
					return run.Result{}, err
				}
				mu.Lock()
				defer mu.Unlock()
				did = append(did, j.User)
				n++
				if n == 20 {
					cancel(stop)
				}
				return run.Result{}, nil
			},
		}
		if err := e.Run(ctx); err != nil && !errors.Is(err, stop) {
			t.Fatal(err)
		}
		cancel(nil)
	}
	slices.Sort(did)
	if len(did) != 200 || len(slices.Compact(did)) != 200 {
		t.Errorf("%d jobs done for 200 users", len(did))
	}
}

func TestUsersAreListedOnDemand(t *testing.T) {
	db := newDB(t, 0)
	page := 0
	var did atomic.Int32
	e := Engine[string]{
		DB: db, Pool: NewPool(load(3), 50),
		More: func(ctx context.Context) (bool, error) {
			page++
			if page == 2 { // an empty page is not the end
				return true, nil
			}
			_, err := db.AddPage(ctx, []run.Job{{User: fmt.Sprint(page)}, {User: fmt.Sprint(page, "b")}}, "cursor", "")
			return page < 5, err
		},
		Do: func(context.Context, run.Job, emitter) (run.Result, error) {
			did.Add(1)
			return run.Result{}, nil
		},
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if did.Load() != 8 || page != 5 {
		t.Errorf("%d users of %d pages", did.Load(), page)
	}
	broken := errors.New("broken")
	e = Engine[string]{DB: db, Pool: NewPool(load(3), 50), More: func(context.Context) (bool, error) { return false, broken }}
	if err := e.Run(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
}
