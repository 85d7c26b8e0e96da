package export

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
)

// A process that is killed after it renamed files and before it recorded them
// leaves files that its run replaces, and no other run. If one of them was
// changed meanwhile, the run does not replace it either.
func TestKillBeforeFilesAreRecorded(t *testing.T) {
	for _, part := range []int64{0, 1000} {
		for _, template := range []string{DefaultTemplate, "{user}.ndjson", "all.ndjson"} {
			for _, earlier := range []bool{false, true} {
				w, dir := newWorld(), t.TempDir()
				ref := chat("alice", "bob")
				o := Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON, PartSize: part}
				if earlier {
					w.say(ref, 7)
					if err := newRun(t, w, dir, "one", o).failure(); err != nil {
						t.Fatal(err)
					}
				}
				w.say(ref, 30)
				before := tree(t, dir)
				r := newRun(t, w, dir, "two", o)
				writeUnrecorded(t, r, ref)
				var added []string
				for path, text := range tree(t, dir) {
					if !isWorkFile(path) && before[path] != text {
						added = append(added, path)
					}
				}
				if len(added) == 0 {
					t.Fatal("nothing was written")
				}
				path := filepath.Join(dir, filepath.FromSlash(slices.Max(added)))
				whole, err := os.ReadFile(path)
				if err := errors.Join(err, os.WriteFile(path, []byte("precious"), 0o600)); err != nil {
					t.Fatal(err)
				}
				refused(t, r.failure())
				if b, err := os.ReadFile(path); string(b) != "precious" {
					t.Errorf("%s: replaced by %q, %v", template, b, err)
				}
				if err := os.WriteFile(path, whole, 0o600); err != nil {
					t.Fatal(err)
				}
				w.say(ref, 9)
				if err := r.failure(); err != nil {
					t.Errorf("%s, parts of %d, earlier %v: %v", template, part, earlier, err)
				}
				ok(t, dir)
				if err := newRun(t, w, dir, "three", o).failure(); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(w.want(time.Time{}, "alice"), records(t, dir)); diff != "" {
					t.Error(diff)
				}
				ok(t, dir)
			}
		}
	}
}

// writeUnrecorded fetches a conversation and writes its output files, but stops
// before they are recorded.
func writeUnrecorded(t *testing.T, r *testRun, ref roaming.Ref) {
	t.Helper()
	x := r.exporter()
	if err := x.Open(t.Context(), r.id, header); err != nil {
		t.Fatal(err)
	}
	before, _, err := x.DB.Conversation(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x.outputFile(t.Context(), x.Template.path(ref))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.world.messages[ref][before.Messages:] {
		line, err := appendMessage(nil, ref.User, m)
		if err := errors.Join(err, out.add(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.finish(), x.DB.Close()); err != nil {
		t.Fatal(err)
	}
}

// A file that appears while the export fetches is not replaced. The run resumes
// with the messages that it fetched once the file is moved away.
func TestFileAppearsDuringTheRun(t *testing.T) {
	for _, template := range []string{DefaultTemplate, "{user}.ndjson", "all.ndjson"} {
		w, dir := newWorld(), t.TempDir()
		ref := chat("alice", "bob")
		w.say(ref, 30)
		o := Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON}
		r := newRun(t, w, dir, "one", o)
		path := filepath.Join(dir, filepath.FromSlash(o.Template.path(ref)))
		w.called = func(n int) {
			if n == 4 {
				place(t, path)
			}
		}
		_, err := r.try(t.Context(), "alice")
		refused(t, err)
		if b, err := os.ReadFile(path); string(b) != "precious" {
			t.Errorf("%s: replaced by %q, %v", template, b, err)
		}
		w.called = nil
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		want := w.want(time.Time{}, "alice")
		if err := r.failure(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, records(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPatterns(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"alice/notes.txt", "alice/mail-bob.ndjson.zst", "alice/chat-bob.ndjson", "chat-bob.ndjson.zst", "alice/more/chat-bob.ndjson.zst"} {
		place(t, filepath.Join(dir, filepath.FromSlash(path)))
	}
	x := &Exporter{Dir: dir, Options: Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}}
	if err := x.checkWithoutManifest(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.checkWithoutManifest(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, name := range []string{"chat-bob.ndjson.zst", "GROUP-1.NDJSON.ZST", "room-1-0002.ndjson.zst"} {
		path := filepath.Join(dir, "alice", name)
		place(t, path)
		refused(t, x.checkWithoutManifest(t.Context()))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if got := slices.Collect(maps.Keys(tree(t, dir))); len(got) != 5 {
		t.Error(got)
	}
}
