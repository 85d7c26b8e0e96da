package restore

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

func TestFind(t *testing.T) {
	dir, backups := t.TempDir(), t.TempDir()
	store := run.NewStore(dir, time.Now)
	start := func(events ...map[string]any) string {
		t.Helper()
		r := beginRun(t, store, run.Summary{User: "alice"}, "alice")
		for _, e := range events {
			if err := r.Journal(run.Summary{User: "alice"}, 1).Append("backup", e); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		return r.ID()
	}
	if err := os.Mkdir(filepath.Join(backups, "named"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(backups, "packed.tar.zst"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	there, gone := filepath.Join(backups, "named"), filepath.Join(backups, "packed")
	backedUp := start(map[string]any{"path": "replaced", "digest": "x"}, map[string]any{"path": there, "digest": "d", "messages": 1})
	packedRun := start(map[string]any{"path": gone, "digest": "e"})
	without := start()
	for arg, want := range map[string]Source{
		backedUp:     {Path: there, RunID: backedUp, Digest: "d"},
		packedRun:    {Path: gone + ".tar.zst", RunID: packedRun, Digest: "e"},
		"named":      {Path: there},
		"packed":     {Path: gone + ".tar.zst"},
		"./anything": {Path: "./anything"},
	} {
		got, err := Find(t.Context(), store, backups, arg)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", arg, err, diff)
		}
	}
	for _, arg := range []string{"nothing", without} {
		if _, err := Find(t.Context(), store, backups, arg); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

// shy is a service whose first import is stored with another body, and whose
// answer is lost.
type shy struct {
	Service
	imports int
	box     *world
}

func (s *shy) ImportMessage(ctx context.Context, m roaming.Message) (roaming.MessageID, error) {
	s.imports++
	if s.imports > 1 {
		return s.Service.ImportMessage(ctx, m)
	}
	m.Raw, m.Body = nil, map[string]any{"msg": "made nicer by the service"}
	if _, err := s.Service.ImportMessage(ctx, m); err != nil {
		s.box.t.Error(err)
	}
	return 0, fault.New(fault.Network, "the answer is lost")
}

// TestChangedByTheService: a second try is refused because the first was
// stored, in other words than were sent.
func TestChangedByTheService(t *testing.T) {
	w := newWorld(t)
	w.send(text("alice", "bob", "hi"), 0)
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
	s := w.backUp(views[0])
	w.clear(views...)
	w.Service = &shy{Service: w.client, box: w}
	if diff := cmp.Diff(Counts{Messages: 1, Restored: 1}, w.run(s).Total); diff != "" {
		t.Error(diff)
	}
	if n := len(w.history(views[0])); n != 1 {
		t.Errorf("alice has %d", n)
	}
}

// TestInterrupted: Ctrl-C stops a restore, and the next one continues.
func TestInterrupted(t *testing.T) {
	w := newWorld(t)
	for i := range int64(10) {
		w.send(text("alice", "bob", "hi"), i)
	}
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
	s := w.backUp(views[0])
	w.clear(views...)
	ctx, cancel := context.WithCancel(t.Context())
	w.OnProgress = func(p Progress) {
		if p.Of != 10 {
			t.Errorf("%d of %d messages", p.Done, p.Of)
		}
		if p.Done == 4 {
			cancel()
		}
	}
	report, err := w.Run(ctx, s)
	if fault.KindOf(err) != fault.Interrupted {
		t.Errorf("%v", err)
	}
	w.OnProgress = nil
	if diff := cmp.Diff(Counts{Messages: 10, Restored: 4, ToRestore: 6}, report.Total); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Counts{Messages: 10, Restored: 6, RestoredBefore: 4}, w.run(s).Total); diff != "" {
		t.Error(diff)
	}
}

func beginRun(t *testing.T, store *run.Store, s run.Summary, users ...string) *run.Run {
	t.Helper()
	r, err := store.Begin(t.Context(), s, func(r *run.Run) (any, error) {
		var jobs []run.Job
		for _, u := range users {
			jobs = append(jobs, run.Job{User: u})
		}
		_, err := r.Add(t.Context(), jobs)
		return nil, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFindJob: each job of a run over several users has a backup of its own.
func TestFindJob(t *testing.T) {
	store := run.NewStore(t.TempDir(), time.Now)
	several := run.Summary{Command: "messages clear", Many: true}
	r := beginRun(t, store, several, "alice", "bob", "carol")
	there := t.TempDir()
	note := func(seq int64, kind string, data any) {
		t.Helper()
		if err := r.Journal(several, seq).Append(kind, data); err != nil {
			t.Fatal(err)
		}
	}
	note(2, "started", map[string]any{"path": "no backup"})
	note(2, "backup", map[string]any{"path": there, "digest": "d"})
	note(3, "backup", "damaged")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	job := r.ID() + "-000002"
	got, err := Find(t.Context(), store, t.TempDir(), job)
	if diff := cmp.Diff(Source{Path: there, RunID: job, Digest: "d"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for arg, kind := range map[string]fault.Kind{
		r.ID() + "-000001": fault.NotFound, r.ID() + "-000003": fault.Safety, r.ID(): fault.Usage,
	} {
		if _, err := Find(t.Context(), store, t.TempDir(), arg); fault.KindOf(err) != kind {
			t.Errorf("%s: %v", arg, err)
		}
	}
}
