package backup

import (
	"path/filepath"
	"testing"
	"time"
)

// TestPruneKeepsABackupInProgress: a process holds the folder in which
// it works, however long ago it last wrote there.
func TestPruneKeepsABackupInProgress(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(t.Context(), dir, "b", options())
	if err != nil {
		t.Fatal(err)
	}
	p, err := Prune(dir, 0, time.Now().Add(48*time.Hour), false, nil)
	if err != nil || len(p.Removed) > 0 || len(p.Kept) != 1 || !mentions(p.Kept[0].Problem, "a process is using it") {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestOneProcessWorksInAFolder: a second one is refused, or takes another name.
func TestOneProcessWorksInAFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := newWork(dir, "b")
	if err != nil {
		t.Fatal(err)
	}
	if err := (&work{path: first.path}).lock(); !mentions(err, "another process") {
		t.Errorf("locked twice: %v", err)
	}
	for _, want := range []string{"b-2", "b-3"} {
		next, _, err := anyWork(dir, "b", nil)
		if err != nil || next.path != filepath.Join(dir, partialName(want)) {
			t.Fatalf("%+v, %v", next, err)
		}
		t.Cleanup(func() { next.remove() })
	}
	if err := first.remove(); err != nil {
		t.Error(err)
	}
}
