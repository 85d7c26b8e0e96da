package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/run"
)

// The name of a temporary file depends on all records before it. It is synced if
// it waits for others.
func TestTemporaryFiles(t *testing.T) {
	names := map[string]bool{}
	for template, durable := range map[string]bool{DefaultTemplate: false, "{user}.{format}": true, "all.{format}": true} {
		u := &user{x: &Exporter{Options: Options{Template: mustTemplate(t, template, NDJSON)}}}
		for _, before := range []run.Conversation{{Messages: 2}, {Messages: 3, Unreadable: 1}, {Messages: 2, Unreadable: 1}} {
			c := u.conversation(t.Context(), chat("alice", "bob"), 0, before)
			if names[c.temp] = true; c.durable != durable {
				t.Errorf("%s: durable is %v", template, c.durable)
			}
		}
	}
	if len(names) != 3 {
		t.Errorf("%d names", len(names))
	}
}

// A process that is killed before it removes a temporary file leaves one whose
// messages are in the output file already.
func TestTemporaryFilesAreAddedOnce(t *testing.T) {
	w := newWorld()
	ref := chat("alice", "bob")
	w.say(ref, 12)
	o := Options{Template: mustTemplate(t, "{user}/{type}-{conversation}.ndjson", NDJSON), Format: NDJSON}
	dir := t.TempDir()
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	second := newRun(t, w, dir, "two", o)
	ctx, cancel := until(t, w, 1)
	if _, err := second.try(ctx, "alice"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	cancel()
	w.called = nil
	written, err := os.ReadFile(filepath.Join(dir, "alice", "chat-bob.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	temp := (&Exporter{Dir: dir, runID: "two"}).tempPath(tempName(ref, 0))
	if err := os.WriteFile(temp, written, 0o600); err != nil {
		t.Fatal(err)
	}
	w.say(ref, 1)
	if _, err := second.try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w.want(time.Time{}, "alice"), records(t, dir)); diff != "" {
		t.Error(diff)
	}
}
