package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

// Of several runs that take a folder at the same moment one gets it, and keeps
// what it has put there.
func TestOneRunTakesAFolder(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		var got sync.WaitGroup
		var winner atomic.Pointer[Exporter]
		for i := range 8 {
			got.Go(func() {
				x := &Exporter{Dir: dir}
				switch err := x.claim(fmt.Sprint("run", i)); fault.KindOf(err) {
				case "":
					if !winner.CompareAndSwap(nil, x) {
						t.Error("two runs have the folder")
					}
				case fault.Safety:
				default:
					t.Error(err)
				}
			})
		}
		got.Wait()
		if winner.Load() == nil {
			t.Fatal("nobody got it")
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("%v are left, %v", entries, err)
		}
	}
}

// A work folder that nobody claims is nobody's to remove but the user's.
func TestAWorkFolderThatNobodyClaims(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, workName, spoolFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, (&Exporter{Dir: dir}).claim("one"))
	if err := os.RemoveAll(filepath.Join(dir, workName)); err != nil {
		t.Fatal(err)
	}
	if err := (&Exporter{Dir: dir}).claim("one"); err != nil {
		t.Error(err)
	}
}

// A run that can't begin leaves the folder to others.
func TestWhoIsRefusedClaimsNothing(t *testing.T) {
	dir := t.TempDir()
	w := newWorld()
	w.say(chat("alice", "bob"), 3)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	other := o
	other.KeepRaw = true
	_, err := newRun(t, w, dir, "two", other).try(t.Context(), "alice")
	refused(t, err)
	if _, err := newRun(t, w, dir, "three", o).try(t.Context(), "alice"); err != nil {
		t.Error(err)
	}
}

// A file that a run has added to before it was given up is told from one that
// was changed; the next export makes all well.
func TestVerifyKnowsAFileThatGoesOn(t *testing.T) {
	dir := t.TempDir()
	w := newWorld()
	w.say(chat("alice", "bob"), 3)
	o := Options{Template: mustTemplate(t, "{owner}.ndjson", NDJSON), Format: NDJSON}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alice.ndjson")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(before, before...), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := Verify(t.Context(), dir, nil)
	if fault.KindOf(err) != fault.Safety || len(v.Damaged) != 1 || !strings.Contains(v.Damaged[0].Reason, "export again") {
		t.Errorf("%v, %v", v.Damaged, err)
	}
	w.say(chat("alice", "bob"), 3)
	if _, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	ok(t, dir)
}

// A link to an export is as good as its folder.
func TestVerifyFollowsALink(t *testing.T) {
	dir, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	w := newWorld()
	w.say(chat("alice", "bob"), 3)
	if _, err := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	if v, err := Verify(t.Context(), link, nil); err != nil {
		t.Error(v.Damaged, errors.Unwrap(err), err)
	}
}
