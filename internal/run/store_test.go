package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestRunIsReadBack(t *testing.T) {
	s := newStore(t)
	r := start(t, s)
	appended(t, r.Journal(bob, 1), "batch", map[string]int{"n": 1})
	appended(t, r.Journal(bob, 1), "nothing", nil)
	for path, want := range map[string]os.FileMode{s.dir: 0o700, r.Dir(): 0o700, filepath.Join(r.Dir(), dbFile): 0o600, filepath.Join(r.Dir(), dbFile+"-wal"): 0o600, filepath.Join(r.Dir(), lockFile): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	closed(t, r)
	closed(t, r)
	refused(t, r.Journal(bob, 1).Append("late", nil), fault.Config, "was closed")

	again, err := s.Open(t.Context(), r.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var got intent
	if err := again.Intent(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	same(t, intent{[]string{"1", "2"}}, got)
	j := again.Journal(bob, 1)
	appended(t, j, "resumed", "汉字\n<>")
	same(t, []string{`batch{"n":1}`, "nothingnull", `resumed"汉字\n\u003c\u003e"`}, events(t, j))
	refused(t, j.Append("bad", func() {}), fault.Bug, "encoding")
	if !strings.HasPrefix(r.ID(), "20261123T063012-") || len(r.ID()) != 22 || j.ID() != r.ID() {
		t.Errorf("the IDs are %s and %s", r.ID(), j.ID())
	}
	if id := r.Journal(many, 17).ID(); id != r.ID()+"-000017" {
		t.Errorf("a job has the ID %s", id)
	}
}

func TestListHasStates(t *testing.T) {
	s := newStore(t)
	for range s.List(t.Context()) {
		t.Fatal("a run of an empty store")
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Fatal("listing made the folder")
	}
	running, interrupted, done, stopped, resumed := start(t, s), start(t, s), start(t, s), start(t, s), start(t, s)
	for _, r := range []*Run{done, resumed} {
		ended(t, r, PartlyDone)
	}
	ended(t, done, Done)
	ended(t, stopped, Interrupted)
	if err := resumed.Resume(); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Run{interrupted, done, stopped, resumed} {
		closed(t, r)
	}
	// What a process leaves that is killed before the first event, and what is no run.
	for _, name := range []string{"20261123T000000-000000", "20261123T000000-000001", "20261123T000000-000002", "other", "locks"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "20261123T000000-000001", dbFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	empty, err := create(t.Context(), filepath.Join(s.dir, "20261123T000000-000002", dbFile))
	if err := errors.Join(err, empty.Close()); err != nil {
		t.Fatal(err)
	}
	want := map[string]State{running.ID(): Running, interrupted.ID(): Interrupted, done.ID(): Done, stopped.ID(): Interrupted, resumed.ID(): Interrupted}
	got := map[string]State{}
	var ids []string
	for info, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got[info.ID] = info.State
		ids = append(ids, info.ID)
		same(t, bob, info.Summary)
		if info.Started.IsZero() || info.Updated.Before(info.Started.Time) {
			t.Errorf("%s: started %s, updated %s", info.ID, info.Started, info.Updated)
		}
	}
	same(t, want, got)
	if !slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("the latest is not first: %v", ids)
	}
	for _, id := range []string{"20261123T000000-000000", "20261123T000000-000001", "20261123T000000-000002"} {
		_, err := s.Open(t.Context(), id)
		refused(t, err, fault.Config, "killed before it began")
	}
	if f, err := done.Finished(t.Context()); err == nil {
		t.Errorf("a closed run finished %v", f)
	}
}

func TestFind(t *testing.T) {
	s := newStore(t)
	_, _, err := s.Find(t.Context(), "2026")
	refused(t, err, fault.NotFound, "no runs in")
	one, several := start(t, s), beginFor(t, s, many, "alice", "bob")
	for give, want := range map[string]string{
		one.ID(): one.ID() + " 1", one.ID()[:len(one.ID())-2]: one.ID() + " 1",
		several.ID(): several.ID() + " 0", several.ID() + "-000002": several.ID() + " 2",
	} {
		r, seq, err := s.Find(t.Context(), give)
		if err != nil {
			t.Errorf("%s: %v", give, err)
			continue
		}
		if got := fmt.Sprint(r.ID(), " ", seq); got != want {
			t.Errorf("%s: %s, want %s", give, got, want)
		}
		closed(t, r)
	}
	for _, give := range []string{one.ID() + "-000001", several.ID() + "-000003"} {
		_, _, err := s.Find(t.Context(), give)
		refused(t, err, fault.NotFound, "has no job", "--users")
	}
	_, _, err = s.Find(t.Context(), "20261123")
	refused(t, err, fault.Usage, "2 runs begin with", one.ID())
	for give, near := range map[string]string{one.ID()[:20] + "xx": one.ID(), "../x": "the closest match", "": "the closest match"} {
		_, _, err = s.Find(t.Context(), give)
		refused(t, err, fault.NotFound, near, "runs list")
	}
}

func TestOneProcessHoldsARun(t *testing.T) {
	s := newStore(t)
	r := start(t, s)
	_, err := s.Open(t.Context(), r.ID())
	refused(t, err, fault.Safety, r.ID(), "another process")
	closed(t, r)
	again, err := s.Open(t.Context(), r.ID())
	if err != nil {
		t.Fatal(err)
	}
	closed(t, again)
}

func TestJournalsAreSeparate(t *testing.T) {
	r := beginFor(t, newStore(t), many, "alice", "bob")
	journals := []*Journal{r.Journal(many, 1), r.Journal(many, 2)}
	var wg sync.WaitGroup
	for _, j := range journals {
		wg.Go(func() {
			for i := range 50 {
				if err := j.Append("sent", i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, j := range journals {
		got := events(t, j)
		if len(got) != 50 || got[49] != "sent49" {
			t.Errorf("%d events: %q", len(got), got)
		}
	}
}

// An event is written even when the run was cancelled.
func TestEventAfterCancel(t *testing.T) {
	r := start(t, newStore(t))
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := r.Add(ctx, []Job{{User: "carol"}}); !errors.Is(err, stop) {
		t.Errorf("added after the end: %v", err)
	}
	appended(t, r.Journal(bob, 1), "answered", nil)
}

func TestBeginThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	nothing := func(*Run) (any, error) { return nil, nil } //nolint:nilnil // an intent of nothing
	_, err := NewStore(filepath.Join(blocked, "runs"), clock()).Begin(t.Context(), bob, nothing)
	refused(t, err, fault.Config, "nothing was started", "file")
	s := newStore(t)
	_, err = s.Begin(t.Context(), bob, func(*Run) (any, error) { return func() {}, nil })
	refused(t, err, fault.Bug, "intent")
	if ids, err := s.ids(); err != nil || len(ids) > 0 {
		t.Errorf("left behind: %v, %v", ids, err)
	}
}

func TestLock(t *testing.T) {
	s := newStore(t)
	unlock, err := s.Lock("org#app/alice", "20261123T143012-7f3a9c")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Lock("org#app/alice", "")
	refused(t, err, fault.Safety, "org#app/alice", "run 20261123T143012-7f3a9c", fmt.Sprint("process ", os.Getpid()), "runs show 20261123T143012-7f3a9c")
	other, err := s.Lock("org#app/bob", "")
	if err != nil {
		t.Fatal(err)
	}
	defer other()
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := s.Lock("org#app/alice", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

// BenchmarkJournal appends to many journals at once: their events share
// transactions.
func BenchmarkJournal(b *testing.B) {
	r := start(b, newStore(b))
	b.SetParallelism(32)
	var mu sync.Mutex
	seq := int64(0)
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		seq++
		j := r.Journal(many, seq)
		mu.Unlock()
		for pb.Next() {
			appended(b, j, "sent", 1)
		}
	})
}
