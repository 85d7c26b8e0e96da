package run_test

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

func open(t testing.TB, path string) *run.DB {
	t.Helper()
	l, err := run.CreateTemporary(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func fresh(t testing.TB) *run.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "run.db"))
}

func jobs(users ...string) []run.Job {
	all := make([]run.Job, len(users))
	for i, user := range users {
		all[i].User = user
	}
	return all
}

func all[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var list []T
	for item, err := range items {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, item)
	}
	return list
}

func TestJobsAreKeptOnceAndInOrder(t *testing.T) {
	l := fresh(t)
	for _, tt := range []struct {
		ids  []string
		want int
	}{{[]string{"bob", "alice", "bob"}, 2}, {[]string{"alice", "carol"}, 1}, {nil, 0}} {
		if got, err := l.Add(t.Context(), jobs(tt.ids...)); err != nil || got != tt.want {
			t.Errorf("%v: %d were added, %v; want %d", tt.ids, got, err, tt.want)
		}
	}
	waiting, err := l.Waiting(t.Context(), run.Pending, 0, 2)
	if err != nil || len(waiting) != 2 {
		t.Fatal(waiting, err)
	}
	rest, err := l.Waiting(t.Context(), run.Pending, waiting[1].Seq, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range append(waiting, rest...) {
		got = append(got, o.User)
	}
	if diff := cmp.Diff([]string{"bob", "alice", "carol"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestResultsAndRetry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.db")
	l := open(t, path)
	ctx := t.Context()
	if _, err := l.Add(ctx, jobs("alice", "bob", "carol")); err != nil {
		t.Fatal(err)
	}
	waiting, err := l.Waiting(ctx, run.Pending, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	failed := run.Result{State: run.Failed, Kind: fault.NotFound, Error: "no such user"}
	for i, r := range []run.Result{{State: run.Done, Conversations: 2, Messages: 30}, failed} {
		if err := l.Finish(ctx, waiting[i], r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.AddSkipped(ctx, []run.SkippedLine{{Place: "users.txt:3", Reason: "no ID"}}); err != nil {
		t.Fatal(err)
	}
	l = open(t, path) // as another process sees it
	totals, err := l.Totals(ctx)
	want := run.Totals{Users: 3, Done: 1, Failed: 1, Pending: 1, Conversations: 2, Messages: 30, Skipped: 1}
	if diff := cmp.Diff(want, totals); diff != "" || err != nil {
		t.Error(err, diff)
	}
	got := all(t, l.Jobs(ctx, run.Failed))
	if diff := cmp.Diff([]run.JobResult{{Job: waiting[1], Result: failed}}, got); diff != "" {
		t.Error(diff)
	}
	if got := all(t, l.Skipped(ctx)); len(got) != 1 || got[0].Place != "users.txt:3" {
		t.Error(got)
	}
	if err := l.Retry(ctx); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[run.State]string{run.Pending: "carol", run.AwaitingRetry: "bob"} {
		if waiting, err := l.Waiting(ctx, state, 0, 10); err != nil || len(waiting) != 1 || waiting[0].User != want {
			t.Error(state, waiting, err)
		}
	}
	if totals, err := l.Totals(ctx); err != nil || totals.Pending != 2 {
		t.Error(totals, err)
	}
}

// A file of another version is refused, and the error names the version.
func TestAnotherVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.db")
	l, err := run.CreateTemporary(t.Context(), path)
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "PRAGMA user_version = 3")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = run.CreateTemporary(t.Context(), path)
	if fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), "format is version 3") {
		t.Errorf("got %v", err)
	}
}

// Conversations that do not fit into memory count when all of a volume is there.
func TestWritesAreAtomic(t *testing.T) {
	l := fresh(t)
	const many = 2500
	add := func(w *run.Writing, volume string) {
		for i := range many {
			ref := roaming.Ref{User: "alice", Conversation: fmt.Sprintf("%s-%04d", volume, i), Type: roaming.Chat}
			if err := w.Add(t.Context(), run.Conversation{Ref: ref, Volume: volume, Trailing: []string{"a", "b"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(l.Writing("given up"), "given up")
	add(l.Writing("a"), "a")
	w := l.Writing("a")
	add(w, "a")
	if n := len(all(t, l.Conversations(t.Context(), ""))); n != 0 {
		t.Errorf("%d count before they are all there", n)
	}
	if err := w.Done(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	got := all(t, l.Conversations(t.Context(), ""))
	if len(got) != many || got[many-1].Conversation != "a-2499" || len(got[0].Trailing) != 2 {
		t.Errorf("%d: %+v", len(got), got[0])
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte("this is no database, and it is long enough to be looked at as one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run.CreateTemporary(t.Context(), path); fault.KindOf(err) != fault.Safety {
		t.Error(err)
	}
	if _, err := run.CreateTemporary(t.Context(), filepath.Join(path, "below")); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
}

func TestClosedDBIsRefused(t *testing.T) {
	l, err := run.CreateTemporary(t.Context(), filepath.Join(t.TempDir(), "run.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Add(t.Context(), jobs("alice")); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
}

// A digest is over the jobs in order and their specs.
func TestDigestDistinguishesJobs(t *testing.T) {
	digest := func(jobs ...run.Job) string {
		l, err := run.CreateTemporary(t.Context(), filepath.Join(t.TempDir(), "run.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := l.Add(t.Context(), jobs); err != nil {
			t.Fatal(err)
		}
		sum, err := l.Digest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	seen := map[string]int{}
	for i, jobs := range [][]run.Job{
		nil,
		{{User: "a"}},
		{{User: "b"}},
		{{User: "a"}, {User: "b"}},
		{{User: "b"}, {User: "a"}},
		{{User: "a", Spec: []byte("x")}},
		{{User: "a", Spec: []byte("y")}},
		{{User: "a 1 x"}},
		{{User: "a", Spec: []byte("1 x")}},
	} {
		sum := digest(jobs...)
		if was, ok := seen[sum]; ok {
			t.Errorf("%d and %d have the digest %s", was, i, sum)
		}
		seen[sum] = i
		if again := digest(jobs...); again != sum {
			t.Errorf("%d: %s, and then %s", i, sum, again)
		}
	}
}
