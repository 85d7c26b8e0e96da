package backup

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

// backupsAged makes a backup for each age in days as of noon.
func backupsAged(t *testing.T, dir string, days ...int) {
	t.Helper()
	for _, d := range days {
		o := options()
		o.Now = func() time.Time { return noon().AddDate(0, 0, -d) }
		w, err := Create(t.Context(), dir, o.Now().UTC().Format("20060102T150405Z")+"-alice", o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func entryNames(entries []Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Name)
	}
	return all
}

func TestListAndPrune(t *testing.T) {
	dir := t.TempDir()
	backupsAged(t, dir, 1, 89, 91)
	old := filepath.Join(dir, "20260821T120000Z-alice")
	if err := Pack(t.Context(), old, old+archiveSuffix); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"not ours", ".dead.partial"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	broken := filepath.Join(dir, "20260823T120000Z-alice")
	if err := os.Truncate(filepath.Join(broken, manifestName), 40); err != nil {
		t.Fatal(err)
	}
	entries, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Base(broken), filepath.Base(old), filepath.Base(old) + archiveSuffix, "20261119T120000Z-alice"}
	if diff := cmp.Diff(want, entryNames(entries)); diff != "" {
		t.Error(diff)
	}
	if e := entries[0]; e.Problem == nil || !mentions(e.Problem, manifestName) {
		t.Errorf("the damaged one: %+v", e)
	}
	if e := entries[2]; !e.Packed || e.Bytes == 0 || e.Manifest.User != "alice" {
		t.Errorf("the packed one: %+v", e)
	}
	for _, dry := range []bool{true, false} {
		p, err := Prune(dir, 90*24*time.Hour, noon(), dry, nil)
		gone := p.Removed
		if diff := cmp.Diff(want[1:3], entryNames(gone)); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if exists(old) != dry || exists(old+archiveSuffix) != dry {
			t.Errorf("dry run %v: %v", dry, gone)
		}
	}
	if !exists(broken) || !exists(filepath.Join(dir, "not ours")) {
		t.Error("what is damaged or not ours was removed")
	}
}

func TestOldLeftoversArePruned(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(t.Context(), dir, "b", options())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.work.release(); err != nil { // as if its process had been killed
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after, age time.Duration
		gone       int
	}{
		{23 * time.Hour, 0, 0}, // a run may be at it still
		{25 * time.Hour, 0, 1},
		{25 * time.Hour, 48 * time.Hour, 0},
	} {
		if p, err := Prune(dir, tt.age, time.Now().Add(tt.after), true, nil); err != nil || len(p.Removed) != tt.gone || len(p.Kept) > 0 {
			t.Errorf("after %v, older than %v: %v, %v", tt.after, tt.age, p, err)
		}
	}
	if _, err := Prune(dir, -1, time.Now(), true, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("a negative age: %v", err)
	}
}

func TestFind(t *testing.T) {
	path := written(t, 1, options())
	dir := filepath.Dir(path)
	if err := Pack(t.Context(), path, filepath.Join(dir, "c.tar.zst")); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{"b": path, "c": filepath.Join(dir, "c.tar.zst"), "./x": "./x"} {
		if got, err := Find(dir, in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if _, err := Find(dir, "d"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
	if entries, err := List(filepath.Join(dir, "absent")); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestPackRefusals(t *testing.T) {
	path := written(t, 1, options())
	for _, out := range []string{"x.tar", "x"} {
		if err := Pack(t.Context(), path, filepath.Join(t.TempDir(), out)); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", out, err)
		}
	}
	out := packed(t, path)
	if err := Pack(t.Context(), path, out); fault.KindOf(err) != fault.Usage {
		t.Errorf("replaced an archive: %v", err)
	}
	if err := os.Truncate(filepath.Join(path, conversationsName), 3); err != nil {
		t.Fatal(err)
	}
	if err := Pack(t.Context(), path, filepath.Join(t.TempDir(), "b.tar.zst")); !mentions(err, conversationsName) {
		t.Errorf("packed what is damaged: %v", err)
	}
}
