package export

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/klauspost/compress/zstd"
	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample makes rapid check n examples, unless -rapid.checks or the environment
// says otherwise.
func sample(t *testing.T, n int) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if old := checks.Value.String(); old == checks.DefValue && !childtest.All() {
		t.Cleanup(func() { _ = checks.Value.Set(old) })
		if err := checks.Value.Set(strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// load wants a fixed number of workers.
type load int

func (l load) Wanted() int            { return int(l) }
func (l load) Grown() <-chan struct{} { return nil }

// run is a run of an export. Its database outlives each try.
type testRun struct {
	t       testing.TB
	world   *world
	dir     string
	db      string
	id      string
	options Options
	callers int
	failed  map[string]run.Result // users, after try
	refused []string              // conversations that OnRefused was called with

	redactor *redact.Redactor
	csv      func() Encoder
}

func newRun(t testing.TB, w *world, dir, id string, o Options) *testRun {
	t.Helper()
	return &testRun{t: t, world: w, dir: dir, db: filepath.Join(t.TempDir(), "run.db"), id: id, options: o, callers: 4, csv: func() Encoder { return table{} }}
}

// try starts or resumes the run, for users.
func (r *testRun) try(ctx context.Context, users ...string) (totals Totals, err error) {
	l, err := run.CreateTemporary(context.WithoutCancel(ctx), r.db)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() {
		if e := l.Close(); e != nil {
			r.t.Error(e)
		}
	}()
	if err := l.Retry(context.WithoutCancel(ctx)); err != nil {
		r.t.Fatal(err)
	}
	for _, u := range users {
		if _, err := l.Add(context.WithoutCancel(ctx), []run.Job{{User: u}}); err != nil {
			r.t.Fatal(err)
		}
	}
	x := &Exporter{
		Options: r.options, Dir: r.dir, Service: r.world, DB: l, Pool: engine.NewPool(load(r.callers), 50),
		CSV: r.csv, Meter: &Meter{}, Redactor: r.redactor,
	}
	var mu sync.Mutex
	r.failed, r.refused = map[string]run.Result{}, nil
	x.OnRefused = func(ref roaming.Ref, _ error) {
		mu.Lock()
		defer mu.Unlock()
		r.refused = append(r.refused, ref.Conversation)
	}
	if err := x.Open(ctx, r.id, Header{AppKey: "org#app", Host: "host"}); err != nil {
		return totals, err
	}
	e := engine.Engine[struct{}]{
		DB: l, Pool: x.Pool,
		Do: func(ctx context.Context, o run.Job, _ func([]struct{}) error) (run.Result, error) {
			return x.Do(ctx, o)
		},
	}
	if err := e.Run(ctx); err != nil {
		return totals, err
	}
	for o, err := range l.Jobs(ctx, run.Failed) {
		if err != nil {
			return totals, err
		}
		r.failed[o.User] = o.Result
	}
	if err := x.Finish(ctx); err != nil {
		return totals, err
	}
	totals, digest, err := x.Commit(ctx)
	if m, e := readManifest(ctx, x.manifest(), func(Header) error { return nil }, nil); err == nil && (e != nil || m.totals != totals || m.digest != digest) {
		r.t.Errorf("committed %+v, %s; the manifest has %+v, %v", totals, digest, m, e)
	}
	return totals, err
}

// table is a table of a few columns.
type table struct{}

func (table) Header() ([]byte, error) { return []byte("user,id,chat_type,conversation,text\n"), nil }

func (table) Record(b, line []byte) ([]byte, error) {
	r, err := DecodeRecord(line)
	return fmt.Appendf(b, "%s,%s,%s,%s,'%s\n", r.User, r.ID, r.ChatType, r.Conversation, r.Unreadable), err
}

// tableRecords returns the records of tables.
func tableRecords(t testing.TB, dir string) map[roaming.Ref][]string {
	t.Helper()
	found := map[roaming.Ref][]string{}
	files := tree(t, dir)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == ManifestName {
			continue
		}
		for line := range strings.Lines(string(content(t, name, files[name]))) {
			cells := strings.Split(strings.TrimSpace(line), ",")
			if cells[0] != "user" {
				ref := roaming.Ref{User: cells[0], Conversation: cells[3], Type: roaming.ChatType(cells[2])}
				found[ref] = append(found[ref], cells[1]+strings.TrimPrefix(cells[4], "'"))
			}
		}
	}
	return found
}

// tree returns every file below a folder, with its bytes.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func mustTemplate(t testing.TB, text string, f Format) Template {
	t.Helper()
	template, err := ParseTemplate(text, f)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// until returns a context that is canceled after so many calls of a world.
func until(t testing.TB, w *world, calls int) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	w.mu.Lock()
	defer w.mu.Unlock()
	first := w.calls
	w.called = func(n int) {
		if n-first >= calls {
			cancel()
		}
	}
	return ctx, cancel
}

// records returns the records of all files of an export, by conversation, in
// order.
func records(t testing.TB, dir string) map[roaming.Ref][]string {
	t.Helper()
	found := map[roaming.Ref][]string{}
	files := tree(t, dir)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == ManifestName {
			continue
		}
		for line := range bytes.Lines(content(t, name, files[name])) {
			r, err := DecodeRecord(line)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ref := roaming.Ref{User: r.User, Conversation: r.Conversation, Type: r.ChatType}
			found[ref] = append(found[ref], r.ID.String()+r.Unreadable)
		}
	}
	return found
}

// content returns a file's content before compression.
func content(t testing.TB, name, file string) []byte {
	t.Helper()
	var r io.Reader = strings.NewReader(file)
	if strings.HasSuffix(name, compressed) {
		d, err := zstd.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		r = d
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// want returns the messages in the histories of users up to a time, in order.
func (w *world) want(until time.Time, users ...string) map[roaming.Ref][]string {
	all := map[roaming.Ref][]string{}
	for ref, messages := range w.messages {
		if slices.Contains(users, ref.User) && ref.Type != roaming.Room {
			for _, m := range messages {
				switch {
				case !until.IsZero() && m.Timestamp.After(until):
				case w.spoilt(ref, m):
					all[ref] = append(all[ref], "raw "+m.ID.String())
				default:
					all[ref] = append(all[ref], m.ID.String())
				}
			}
		}
	}
	return all
}

func ok(t testing.TB, dir string) {
	t.Helper()
	if _, err := Verify(t.Context(), dir, func(w Damage) { t.Errorf("%s: %s", w.Path, w.Reason) }); err != nil {
		t.Error(err)
	}
}
