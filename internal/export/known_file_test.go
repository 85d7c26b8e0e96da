package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

// place puts a file, with its folders.
func place(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("precious"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// failure returns the error of a run for alice, or of alice in the run.
func (r *testRun) failure() error {
	r.t.Helper()
	if _, err := r.try(r.t.Context(), "alice"); err != nil {
		return err
	}
	if f, ok := r.failed["alice"]; ok {
		return fault.New(f.Kind, "%s", f.Error)
	}
	return nil
}

// An export never replaces what the manifest does not list, whatever it is, and
// fetches no history for it.
func TestUnlistedFilesAreNotReplaced(t *testing.T) {
	for name, tt := range map[string]struct {
		template string
		part     int64
		path     string
		put      func(t *testing.T, path string)
	}{
		"a file":             {DefaultTemplate, 0, "alice/chat-bob.ndjson.zst", place},
		"a file of a user":   {"{user}.ndjson", 0, "alice.ndjson", place},
		"a file of all":      {"all.ndjson", 0, "all.ndjson", place},
		"the first part":     {"{user}.ndjson", 1000, "alice-0001.ndjson", place},
		"another part":       {"{user}.ndjson", 1000, "alice-0002.ndjson", place},
		"a folder":           {"{user}.ndjson", 0, "alice.ndjson", func(t *testing.T, path string) { t.Helper(); place(t, filepath.Join(path, "in")) }},
		"a link to a folder": {"{user}.ndjson", 0, "alice.ndjson", func(t *testing.T, path string) { t.Helper(); link(t, t.TempDir(), path) }},
		"a link":             {"{user}.ndjson", 0, "alice.ndjson", func(t *testing.T, path string) { t.Helper(); link(t, "nowhere", path) }},
		"a hard link": {"{user}.ndjson", 0, "alice.ndjson", func(t *testing.T, path string) {
			t.Helper()
			place(t, filepath.Join(filepath.Dir(path), "first"))
			if err := os.Link(filepath.Join(filepath.Dir(path), "first"), path); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		for _, manifest := range []bool{false, true} {
			w, dir := newWorld(), t.TempDir()
			o := Options{Template: mustTemplate(t, tt.template, NDJSON), Format: NDJSON, PartSize: tt.part}
			if manifest { // of an export without this user's conversation
				if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
					t.Fatal(err)
				}
			}
			w.say(chat("alice", "bob"), 30)
			path := filepath.Join(dir, filepath.FromSlash(tt.path))
			tt.put(t, path)
			before := look(t, path)
			r := newRun(t, w, dir, "two", o)
			err := r.failure()
			if fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), filepath.Base(tt.path)) {
				t.Errorf("%s, manifest %v: %v", name, manifest, err)
			}
			if now := look(t, path); now != before {
				t.Errorf("%s, manifest %v: %s became %s", name, manifest, before, now)
			}
			if !manifest && w.calls > 0 {
				t.Errorf("%s: %d calls", name, w.calls)
			}
		}
	}
}

// look returns what is at a path: its kind, and its bytes or the link's target.
func look(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	target, _ := os.Readlink(path)
	b, _ := os.ReadFile(path)
	return fmt.Sprintf("%s %s %s", info.Mode().Type(), target, b)
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// A lost manifest does not cost the messages that are no longer on the service.
func TestLostManifest(t *testing.T) {
	for _, template := range []string{DefaultTemplate, "{user}.ndjson", "all.ndjson"} {
		w, dir := newWorld(), t.TempDir()
		ref := chat("alice", "bob")
		w.say(ref, 30)
		o := Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON}
		if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, ManifestName)
		manifest, err := os.ReadFile(path)
		if err := errors.Join(err, os.Remove(path)); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		want := w.want(time.Time{}, "alice")
		w.messages[ref] = nil
		w.say(ref, 1)
		calls := w.calls
		refused(t, newRun(t, w, dir, "two", o).failure())
		if diff := cmp.Diff(before, tree(t, dir)); diff != "" || w.calls != calls {
			t.Errorf("%s: %d calls, %s", template, w.calls-calls, diff)
		}
		if err := os.WriteFile(path, manifest, 0o600); err != nil {
			t.Fatal(err)
		}
		w.unknown = "after"
		if err := newRun(t, w, dir, "three", o).failure(); err != nil {
			t.Fatal(err)
		}
		want[ref] = append(want[ref], w.want(time.Time{}, "alice")[ref]...)
		if diff := cmp.Diff(want, records(t, dir)); diff != "" {
			t.Errorf("%s: %s", template, diff)
		}
	}
}

// A manifest of an older export does not list what came later. Nothing of that is
// overwritten.
func TestOlderManifest(t *testing.T) {
	for _, part := range []int64{0, 1000} {
		w, dir := newWorld(), t.TempDir()
		ref := chat("alice", "bob")
		o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON, PartSize: part}
		var older []byte
		path := filepath.Join(dir, ManifestName)
		for _, id := range []string{"one", "two"} {
			w.say(ref, 30)
			if err := newRun(t, w, dir, id, o).failure(); err != nil {
				t.Fatal(err)
			}
			if id == "one" {
				var err error
				if older, err = os.ReadFile(path); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := os.WriteFile(path, older, 0o600); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		w.messages[ref] = nil
		w.say(ref, 1)
		w.unknown = "after"
		refused(t, newRun(t, w, dir, "three", o).failure())
		after := tree(t, dir)
		delete(before, ManifestName)
		delete(after, ManifestName)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
	}
}

// Every export refuses a folder in which a listed file is missing or has another
// size, of whatever user, before it fetches anything.
func TestMissingAndResizedFilesAreRefused(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"missing":  os.Remove,
		"shorter":  func(path string) error { return os.Truncate(path, 10) },
		"longer":   func(path string) error { return os.Truncate(path, 100_000) },
		"a folder": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		for _, owner := range []string{"alice", "carol"} {
			for _, said := range []int{0, 3} {
				w, dir := newWorld(), t.TempDir()
				w.say(chat("alice", "bob"), 30)
				w.say(chat("carol", "bob"), 30)
				o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
				if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice", "carol"); err != nil {
					t.Fatal(err)
				}
				if err := change(filepath.Join(dir, owner, "chat-bob.ndjson.zst")); err != nil {
					t.Fatal(err)
				}
				w.say(chat("alice", "bob"), said)
				before, calls := tree(t, dir), w.calls
				for _, id := range []string{"two", "three"} {
					_, err := newRun(t, w, dir, id, o).try(t.Context(), "alice")
					if fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), owner+"/chat-bob.ndjson.zst") ||
						!strings.Contains(fault.HintOf(err), "restore the file") {
						t.Errorf("%s of %s: %v", name, owner, err)
					}
				}
				if diff := cmp.Diff(before, tree(t, dir)); diff != "" || calls != w.calls {
					t.Errorf("%s of %s: %d calls, %s", name, owner, w.calls-calls, diff)
				}
			}
		}
	}
}
