package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// interrupted returns an export of two users that was stopped after some calls.
func interrupted(t *testing.T, template, dir string, calls int) (*world, *testRun) {
	t.Helper()
	w := newWorld()
	w.say(chat("alice", "bob"), 23)
	w.say(chat("bob", "alice"), 23)
	r := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON})
	r.callers = 1
	ctx, cancel := until(t, w, calls)
	defer cancel()
	if _, err := r.try(ctx, "alice", "bob"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.called = nil
	return w, r
}

func refused(t *testing.T, err error) {
	t.Helper()
	if fault.KindOf(err) != fault.Safety {
		t.Errorf("not refused: %v", err)
	}
}

// A run whose work folder was removed can't be resumed, as it would lose the
// messages that it fetched. A new run refuses the files that the first one wrote.
// Once they are moved away, it fetches them all.
func TestDiscardedRun(t *testing.T) {
	for _, template := range []string{"{user}.ndjson", "all.ndjson", DefaultTemplate} {
		t.Run(template, func(t *testing.T) {
			dir := t.TempDir()
			w, r := interrupted(t, template, dir, 8)
			if err := os.RemoveAll(filepath.Join(dir, workName)); err != nil {
				t.Fatal(err)
			}
			_, err := r.try(t.Context(), "alice", "bob")
			refused(t, err)
			if files := tree(t, dir); len(files) > 0 {
				_, err := newRun(t, w, dir, "two", r.options).try(t.Context(), "alice", "bob")
				refused(t, err)
				if diff := cmp.Diff(files, tree(t, dir)); diff != "" {
					t.Error(diff)
				}
				for path := range files {
					if err := os.Remove(filepath.Join(dir, filepath.FromSlash(path))); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := newRun(t, w, dir, "three", r.options).try(t.Context(), "alice", "bob"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.want(time.Time{}, "alice", "bob"), records(t, dir)); diff != "" {
				t.Error(diff)
			}
			ok(t, dir)
		})
	}
}

// A missing temporary file is not taken for an empty one.
func TestMissingTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	_, r := interrupted(t, "all.ndjson", dir, 8)
	if err := os.Remove((&Exporter{Dir: dir, runID: "one"}).tempPath(tempName(chat("alice", "bob"), 0))); err != nil {
		t.Fatal(err)
	}
	_, err := r.try(t.Context(), "alice", "bob")
	refused(t, err)
	if _, err := os.Stat(filepath.Join(dir, ManifestName)); err == nil {
		t.Error("a manifest was written")
	}
}

// A lock file that can't be read is not taken for a missing one.
func TestUnreadableLock(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, workName, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := newRun(t, newWorld(), dir, "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
	if _, err := r.try(t.Context(), "alice"); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
	if _, err := Verify(t.Context(), dir, nil); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
}

func TestFoldersWithOddNames(t *testing.T) {
	for _, name := range []string{"a[1]", "*", "?", "[", `back\slash`} {
		dir := filepath.Join(t.TempDir(), name)
		w, r := interrupted(t, "{user}.ndjson", dir, 8)
		if _, err := r.try(t.Context(), "alice", "bob"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.want(time.Time{}, "alice", "bob"), records(t, dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The order of a history need not be the order of time: a conversation is read by
// its cursor alone, however many workers are idle.
func TestMessagesOutOfTimeOrder(t *testing.T) {
	for name, at := range map[string]func(w []roaming.Message){
		"the time of the first": func(m []roaming.Message) { m[900].Timestamp = m[0].Timestamp },
		"no time":               func(m []roaming.Message) { m[900].Timestamp = roaming.Time{} },
		"a time far ahead":      func(m []roaming.Message) { m[100].Timestamp = roaming.Millis(epoch * 2) },
		"backwards": func(m []roaming.Message) {
			for i := range m {
				m[i].Timestamp = roaming.Millis(epoch - int64(i)*1000)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			ref := chat("alice", "bob")
			w.say(ref, 1000)
			at(w.messages[ref])
			r := newRun(t, w, t.TempDir(), "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
			r.callers = 8
			totals, err := r.try(t.Context(), "alice")
			if err != nil || totals.Messages != 1000 {
				t.Errorf("%+v, %v", totals, err)
			}
			if diff := cmp.Diff(w.want(time.Time{}, "alice"), records(t, r.dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Items that were damaged on their way are requested again. Those that stay
// unreadable are in the files as they came.
func TestUnreadableItemsAreRequestedAgain(t *testing.T) {
	dir := t.TempDir()
	w := newWorld()
	passing, bad := chat("alice", "bob"), chat("carol", "bob")
	w.say(passing, 40)
	w.say(bad, 40)
	w.bad[bad] = 7
	w.passing = map[roaming.MessageID]bool{}
	for i, m := range w.messages[passing] {
		w.passing[m.ID] = i%5 == 0
	}
	r := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, "{user}.ndjson", NDJSON), Format: NDJSON})
	totals, err := r.try(t.Context(), "alice", "carol")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w.want(time.Time{}, "alice", "carol"), records(t, dir)); diff != "" {
		t.Error(diff)
	}
	if totals.Unreadable == 0 || totals.Messages+totals.Unreadable != 80 {
		t.Errorf("%+v", totals)
	}
}
