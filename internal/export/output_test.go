package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// A temporary file is removed once it is in the output file, unless that is for all
// users.
func TestTemporaryFilesAreRemoved(t *testing.T) {
	for template, left := range map[string]int{DefaultTemplate: 1, "{user}.ndjson": 1, "all.ndjson": 2} {
		w, dir := newWorld(), t.TempDir()
		w.say(chat("alice", "bob"), 3)
		w.say(chat("bob", "alice"), 30)
		r := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON})
		r.callers = 1
		ctx, cancel := until(t, w, 5)
		if _, err := r.try(ctx, "alice", "bob"); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		cancel()
		entries, err := os.ReadDir((&Exporter{Dir: dir, runID: "one"}).tempDir())
		if err != nil || len(entries) != left {
			t.Errorf("%s: %v, %v", template, entries, err)
		}
	}
}

// Errors of the disk stop the run, unlike those that say what to do.
func TestDiskErrors(t *testing.T) {
	for _, err := range []error{nil, fault.New(fault.Safety, "x"), context.Canceled, roaming.Enough{Err: errors.New("x")}} {
		if got := diskError(err); got != err { //nolint:errorlint // the very error
			t.Errorf("%v became %v", err, got)
		}
	}
	for _, err := range []error{os.ErrPermission, fault.New(fault.Config, "x"), fault.New(fault.Network, "x")} {
		if got := diskError(err); fault.KindOf(got) != fault.Config || !errors.Is(got, err) || !strings.Contains(got.Error(), "cannot write the export") {
			t.Errorf("%v became %v", err, got)
		}
	}
}

// fetched opens an export with alice's chat with bob in a temporary file, which has
// these records.
func fetched(t *testing.T, records string) (x *Exporter, ref roaming.Ref, name string) {
	t.Helper()
	w, ref := newWorld(), chat("alice", "bob")
	w.say(ref, 3)
	r := newRun(t, w, t.TempDir(), "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
	x, name = r.exporter(), tempName(ref, 0)
	if err := x.Open(t.Context(), "one", header); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(x.tempPath(name), []byte(records), 0o600); err != nil {
		t.Fatal(err)
	}
	return x, ref, name
}

// If the database fails, the output file is not reported as done and the temporary
// files stay.
func TestOutputFileThatCantBeRecorded(t *testing.T) {
	x, ref, name := fetched(t, line(t, 7))
	v, err := x.outputFile(t.Context(), "alice/chat-bob.ndjson.zst")
	if err != nil {
		t.Fatal(err)
	}
	if err := x.addTemps(t.Context(), v.path, v, func(yield func(run.TempFile, error) bool) {
		if yield(run.TempFile{Ref: ref, Volume: v.path, Name: name}, nil) {
			_ = x.DB.Close()
		}
	}); fault.KindOf(err) == "" {
		t.Error("it is reported as done")
	}
	if _, err := os.Stat(x.tempPath(name)); err != nil {
		t.Error(err)
	}
}

func TestReadingStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := &Exporter{Dir: t.TempDir(), runID: "one"}
	if err := os.MkdirAll(x.tempDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(x.tempPath("s"), []byte(line(t, 7)), 0o600); err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(x.Dir, "table")
	if err := os.WriteFile(table, []byte("user,id,chat_type,conversation,text\na,7,chat,b,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	add := func(recordInfo) { t.Error("a record was read") }
	v := &outputFile{root: x.Dir, path: "x", encoder: ndjson{}, temp: x.Dir + "/aside"}
	var c run.Conversation
	for name, err := range map[string]error{
		"a temporary file": x.addTemp(ctx, x.tempPath("s"), v, &c),
		"lines":            readFile(ctx, x.tempPath("s"), 1<<20, false, NDJSON, chat("a", "b"), add),
		"rows":             readFile(ctx, table, 1<<20, false, CSV, chat("a", "b"), add),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.Messages != 0 {
		t.Errorf("%+v", c)
	}
	v.abort()
}

// An unfinished output file is removed.
func TestAbortedOutputFile(t *testing.T) {
	x, ref, name := fetched(t, line(t, 7)+"torn")
	err := x.writeOutput(t.Context(), "alice/chat-bob.ndjson.zst", func(yield func(run.TempFile, error) bool) {
		yield(run.TempFile{Ref: ref, Volume: "alice/chat-bob.ndjson.zst", Name: name}, nil)
	})
	if err == nil || !strings.Contains(err.Error(), "line 2: it was cut off") {
		t.Error(err)
	}
	entries, err := os.ReadDir(x.tempDir())
	if err != nil || len(entries) != 1 || len(tree(t, x.Dir)) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if len(x.compressors) != cap(x.compressors) {
		t.Error("it still counts as in progress")
	}
}
