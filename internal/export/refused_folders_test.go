package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestRefusedFolders(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 30)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	dir := t.TempDir()
	first := newRun(t, w, dir, "one", o)
	ctx, cancel := until(t, w, 3)
	defer cancel()
	if _, err := first.try(ctx, "alice"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.called = nil
	refused := func(name string, r *testRun, words string) {
		t.Helper()
		if _, err := r.try(t.Context(), "alice"); fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("another run has not finished", newRun(t, w, dir, "two", o), "run one has not finished")
	if _, err := Verify(t.Context(), dir, nil); fault.KindOf(err) != fault.Safety {
		t.Errorf("an unfinished export is verified: %v", err)
	}
	if _, err := first.try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	other := o
	other.Format, other.Template = CSV, mustTemplate(t, DefaultTemplate, CSV)
	refused("another format", newRun(t, w, dir, "two", other), "--format ndjson")
	other = o
	other.Template = mustTemplate(t, "{user}.ndjson", NDJSON)
	refused("another template", newRun(t, w, dir, "two", other), "--path-template")
	other = o
	other.PartSize = 1000
	refused("parts", newRun(t, w, dir, "two", other), "--part-size")

	// A file that was changed is not added to.
	w.say(chat("alice", "bob"), 3)
	path := filepath.Join(dir, "alice", "chat-bob.ndjson.zst")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte{b[0] ^ 1}, b[1:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if totals, err := newRun(t, w, dir, "three", o).try(t.Context(), "alice"); err == nil && totals.Messages > 30 {
		t.Error("a changed file was added to")
	}
}
