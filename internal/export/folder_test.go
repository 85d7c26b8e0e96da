package export

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// exporter returns an exporter with the run's database.
func (r *testRun) exporter() *Exporter {
	r.t.Helper()
	l, err := run.CreateTemporary(context.WithoutCancel(r.t.Context()), r.db)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = l.Close() })
	return &Exporter{
		Options: r.options, Dir: r.dir, Service: r.world, DB: l, Pool: engine.NewPool(load(1), 50),
		CSV: func() Encoder { return table{} }, Meter: &Meter{},
	}
}

var header = Header{AppKey: "org#app", Host: "host"}

// A resumed run knows the totals of the manifest that was there when it began.
func TestTotalsBefore(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.say(chat("alice", "bob"), 30)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	one := newRun(t, w, dir, "one", o)
	totals, err := one.try(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one.exporter().Before(t.Context()); err != nil || got != (Totals{}) {
		t.Errorf("before the first: %+v, %v", got, err)
	}
	w.say(chat("alice", "bob"), 30)
	two := newRun(t, w, dir, "two", o)
	ctx, cancel := until(t, w, 3)
	defer cancel()
	if _, err := two.try(ctx, "alice"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.called = nil
	if _, err := two.try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if got, err := two.exporter().Before(t.Context()); err != nil || got != totals {
		t.Errorf("%+v, want %+v, %v", got, totals, err)
	}
	if got, err := newRun(t, w, dir, "three", o).exporter().Before(t.Context()); err != nil || got != (Totals{}) {
		t.Errorf("a run that has not begun: %+v, %v", got, err)
	}
}

// A run that is killed between writing its manifest and removing its work folder
// is done. Resuming it changes nothing.
func TestKillAfterTheManifest(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.say(chat("alice", "bob"), 12)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	r := newRun(t, w, dir, "one", o)
	if _, err := r.try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	if err := (&Exporter{Dir: dir, runID: "one"}).lock(); err != nil {
		t.Fatal(err)
	}
	x := r.exporter()
	if err := x.Open(t.Context(), "one", header); err != nil {
		t.Fatal(err)
	}
	if after, err := x.DB.Note(t.Context(), noteAfter); err != nil || after != "" {
		t.Errorf("%q, %v", after, err)
	}
	if _, err := r.try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A run that can't resume keeps the lock and the messages that it fetched.
func TestFailedResumeKeepsTheLock(t *testing.T) {
	w, r := interrupted(t, "{user}.ndjson", t.TempDir(), 8)
	path := filepath.Join(r.dir, ManifestName)
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := tree(t, r.dir)
	_, err := r.try(t.Context(), "alice", "bob")
	refused(t, err)
	if diff := cmp.Diff(before, tree(t, r.dir)); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := r.try(t.Context(), "alice", "bob"); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(w.want(time.Time{}, "alice", "bob"), records(t, r.dir)); diff != "" {
		t.Error(diff)
	}
}

// A run that was killed before it read the manifest begins again, and unlocks the
// folder if it can't.
func TestKillBeforeTheManifestIsRead(t *testing.T) {
	dir := t.TempDir()
	if err := (&Exporter{Dir: dir, runID: "one"}).lock(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, ManifestName)
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRun(t, newWorld(), dir, "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
	_, err := r.try(t.Context(), "alice")
	refused(t, err)
	if files := tree(t, dir); len(files) != 1 {
		t.Errorf("%q", files)
	}
}

// A run resumes only with the manifest that it began with, and an export only with
// the folder's app and options.
func TestChangedFoldersAreRefused(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.say(chat("alice", "bob"), 30)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	w.say(chat("alice", "bob"), 30)
	two := newRun(t, w, dir, "two", o)
	ctx, cancel := until(t, w, 3)
	defer cancel()
	if _, err := two.try(ctx, "alice"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.called = nil
	if err := os.RemoveAll(filepath.Join(dir, workName)); err != nil {
		t.Fatal(err)
	}
	says := func(err error, words string) {
		t.Helper()
		if fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
		if _, err := os.Stat(filepath.Join(dir, workName)); err == nil {
			t.Error("the folder is still locked")
		}
	}
	says(two.exporter().Open(t.Context(), "two", header), "run two was discarded")
	if _, err := newRun(t, w, dir, "three", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	says(two.exporter().Open(t.Context(), "two", header), "changed since run two was interrupted")

	says(newRun(t, w, dir, "four", o).exporter().Open(t.Context(), "four", Header{AppKey: "org#other", Host: "host"}), "App Key org#app")
	raw := o
	raw.KeepRaw = true
	says(newRun(t, w, dir, "four", raw).exporter().Open(t.Context(), "four", header), "--raw")
	parts := o
	parts.PartSize = 1 << 20
	says(newRun(t, w, dir, "four", parts).exporter().Open(t.Context(), "four", header), "--part-size")
	x := newRun(t, w, dir, "four", o).exporter()
	if err := x.Open(t.Context(), "four", Header{AppKey: "org#app", Host: "another host of the app"}); err != nil {
		t.Error(err)
	}
	if len(x.compressors) < 1 {
		t.Error("no output file can be written")
	}
}

// The manifest says whether files have parts and raw bytes.
func TestManifestOptions(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.say(chat("alice", "bob"), 12)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON, PartSize: 1000, KeepRaw: true}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(t.Context(), dir, nil); err != nil || !v.Parts || !v.Raw || v.Files < 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// A manifest of more lines than are written to the database at once is read whole.
func TestLargeManifest(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it takes half a minute under the race detector")
	}
	w, dir := newWorld(), t.TempDir()
	w.shown = map[roaming.Ref]*roaming.Message{}
	users := []string{"alice", "bob", "carol"}
	for _, u := range users {
		for i := range loadBatch / 2 {
			ref := chat(u, fmt.Sprint("peer", i))
			w.messages[ref], w.shown[ref] = nil, nil // empty
			if i%50 == 7 {
				w.say(ref, 1)
			}
		}
	}
	o := Options{Template: mustTemplate(t, "{user}/{type}-{conversation}.{format}", NDJSON), Format: NDJSON}
	for i := range 2 {
		totals, err := newRun(t, w, dir, fmt.Sprint("run", i), o).try(t.Context(), users...)
		want := Totals{Users: 3, Conversations: 3 * loadBatch / 2, Messages: 30, Files: 30, Bytes: totals.Bytes}
		if err != nil || totals != want || totals.Bytes == 0 {
			t.Fatalf("%+v, %v", totals, err)
		}
		v, err := Verify(t.Context(), dir, nil)
		if v.Parts || v.Raw || v.AppKey != "org#app" || v.Records != NDJSON {
			t.Errorf("%+v", v.Header)
		}
		if err != nil || v.Totals != want || v.Digest == "" {
			t.Errorf("%+v, %v", v, err)
		}
	}
}
