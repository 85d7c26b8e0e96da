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

// interrupted is an export of two users that was stopped after some calls.
func interrupted(t *testing.T, template, dir string, calls int) (*world, *run) {
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

// Removing the work folder gives a run up: it does not go on as if what it had
// fetched were nothing. A new one has it all.
func TestARunThatWasGivenUp(t *testing.T) {
	for _, template := range []string{"{user}.ndjson", "all.ndjson", DefaultTemplate} {
		t.Run(template, func(t *testing.T) {
			dir := t.TempDir()
			w, r := interrupted(t, template, dir, 8)
			if err := os.RemoveAll(filepath.Join(dir, workName)); err != nil {
				t.Fatal(err)
			}
			_, err := r.try(t.Context(), "alice", "bob")
			refused(t, err)
			if _, err := newRun(t, w, dir, "two", r.options).try(t.Context(), "alice", "bob"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.want(time.Time{}, "alice", "bob"), records(t, dir)); diff != "" {
				t.Error(diff)
			}
			ok(t, dir)
		})
	}
}

// What was fetched and is gone is not taken for nothing.
func TestALostSpool(t *testing.T) {
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

// A claim that can't be read is not taken for none.
func TestAClaimThatCantBeRead(t *testing.T) {
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

// A folder's name is not a pattern.
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

// Where a message stands in its history and what time it has need not agree: a
// conversation is read by its cursor alone, however many callers are free.
func TestMessagesOutOfTheOrderOfTime(t *testing.T) {
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

// Items that were spoilt on their way are asked for again. Those that can't be
// read at all are in the files as they came.
func TestItemsThatCantBeRead(t *testing.T) {
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
