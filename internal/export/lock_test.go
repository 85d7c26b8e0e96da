package export

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// One of several runs that lock a folder at the same moment gets the lock, and
// the others leave nothing behind.
func TestOneRunGetsTheLock(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		var got sync.WaitGroup
		var winner atomic.Pointer[Exporter]
		for i := range 8 {
			got.Go(func() {
				x := &Exporter{Dir: dir, runID: fmt.Sprint("run", i)}
				switch err := x.lock(); fault.KindOf(err) {
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

// The error says why a run has no lock.
func TestLockErrors(t *testing.T) {
	dir := t.TempDir()
	one, two := &Exporter{Dir: dir, runID: "one"}, &Exporter{Dir: dir, runID: "two"}
	if err := one.lock(); err != nil {
		t.Fatal(err)
	}
	if err := two.lockError(errors.New("x")); !strings.Contains(err.Error(), "run one has not finished") {
		t.Error(err)
	}
	if err := errors.Join(one.checkLock(), one.unlock()); err != nil {
		t.Error(err)
	}
	if err := one.checkLock(); fault.KindOf(err) != fault.Safety {
		t.Error(err)
	}
	if err := two.lockError(errors.New("x")); fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), "x") {
		t.Error(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, workName, lockName), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{one.checkLock(), one.lockError(errors.New("x")), one.unlock()} {
		if fault.KindOf(err) != fault.Config {
			t.Error(err)
		}
	}
}

// A work folder without a run is not removed, except by the user.
func TestWorkFolderWithoutARun(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, workName, tempFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, (&Exporter{Dir: dir, runID: "one"}).lock())
	if err := os.RemoveAll(filepath.Join(dir, workName)); err != nil {
		t.Fatal(err)
	}
	if err := (&Exporter{Dir: dir, runID: "one"}).lock(); err != nil {
		t.Error(err)
	}
}

// A run that can't begin unlocks the folder.
func TestRefusedRunsUnlock(t *testing.T) {
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

// Verify distinguishes a file to which a discarded run has added from a changed
// one. The next export refuses it until it is truncated, as verify says.
func TestFilesOfDiscardedRuns(t *testing.T) {
	dir := t.TempDir()
	w := newWorld()
	w.say(chat("alice", "bob"), 3)
	o := Options{Template: mustTemplate(t, "{user}.ndjson", NDJSON), Format: NDJSON}
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
	if fault.KindOf(err) != fault.Safety || len(v.Damaged) != 1 || !strings.Contains(v.Damaged[0].Reason, fmt.Sprintf("truncate it to %d bytes", len(before))) {
		t.Errorf("%v, %v", v.Damaged, err)
	}
	w.say(chat("alice", "bob"), 3)
	_, err = newRun(t, w, dir, "two", o).try(t.Context(), "alice")
	refused(t, err)
	if err := os.Truncate(path, int64(len(before))); err != nil {
		t.Fatal(err)
	}
	if _, err := newRun(t, w, dir, "three", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	ok(t, dir)
}

func TestVerifyFollowsALink(t *testing.T) {
	dir, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	w := newWorld()
	w.say(chat("alice", "bob"), 3)
	if _, err := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if v, err := Verify(t.Context(), link, nil); err != nil {
		t.Error(v.Damaged, errors.Unwrap(err), err)
	}
}

// A later --since than the folder's, such as an age on another day, is replaced
// with the folder's. An earlier one is refused.
func TestSinceIsTheFolders(t *testing.T) {
	dir := t.TempDir()
	w := newWorld()
	ref := chat("alice", "bob")
	w.say(ref, 40)
	at := func(i int) time.Time { return w.messages[ref][i].Timestamp.Time }
	o := Options{Template: mustTemplate(t, "{user}.ndjson", NDJSON), Format: NDJSON, Since: at(10)}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	w.say(ref, 10)
	w.say(chat("carol", "bob"), 30) // from the same time on as alice's
	o.Since = at(45)
	ctx, cancel := until(t, w, 2)
	defer cancel()
	two := newRun(t, w, dir, "two", o)
	if _, err := two.try(ctx, "alice", "carol"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := two.try(t.Context(), "alice", "carol"); err != nil {
		t.Fatal(err)
	}
	want := map[roaming.Ref][]string{}
	for ref, messages := range w.messages {
		for _, m := range messages {
			if !m.Timestamp.Before(at(10)) {
				want[ref] = append(want[ref], m.ID.String())
			}
		}
	}
	if diff := cmp.Diff(want, records(t, dir)); diff != "" {
		t.Error(diff)
	}
	ok(t, dir)
	for _, earlier := range []time.Time{at(5), {}} {
		o.Since = earlier
		_, err := newRun(t, w, dir, "three", o).try(t.Context(), "alice")
		refused(t, err)
	}
}

// A run that loses its lock to another run changes nothing any more.
func TestLostLock(t *testing.T) {
	for _, template := range []string{DefaultTemplate, "{user}.ndjson", "all.ndjson"} {
		for _, call := range []int{1, 2, 7} {
			t.Run(fmt.Sprint(template, call), func(t *testing.T) {
				dir := t.TempDir()
				w := newWorld()
				for _, ref := range []roaming.Ref{chat("alice", "bob"), chat("alice", "carol"), group("alice", "7"), chat("bob", "alice")} {
					w.say(ref, 60)
				}
				o := Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON}
				one := newRun(t, w, dir, "one", o)
				one.callers = 1
				var before map[string]string
				w.called = func(n int) {
					if n != call {
						return
					}
					if err := os.RemoveAll(filepath.Join(dir, workName)); err != nil {
						t.Error(err)
					}
					if err := (&Exporter{Dir: dir, runID: "two"}).lock(); err != nil {
						t.Error(err)
					}
					before = tree(t, dir)
				}
				if _, err := one.try(t.Context(), "alice", "bob"); err == nil {
					t.Error("it did not stop")
				}
				w.called = nil
				if diff := cmp.Diff(before, tree(t, dir)); diff != "" || before == nil {
					t.Error(diff)
				}
				if _, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice", "bob"); err != nil {
					t.Fatal(err)
				}
				_, err := one.try(t.Context(), "alice", "bob")
				refused(t, err)
				ok(t, dir)
			})
		}
	}
}
