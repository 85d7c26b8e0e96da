package export

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"iter"
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

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// all reports whether to run slow tests in full and not with a sample of their cases.
func all() bool { return os.Getenv("ROAMCTL_TEST_KILLS") == "all" }

// sample makes rapid check n examples, unless -rapid.checks or the environment
// says otherwise.
func sample(t *testing.T, n int) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if old := checks.Value.String(); old == checks.DefValue && !all() {
		t.Cleanup(func() { _ = checks.Value.Set(old) })
		if err := checks.Value.Set(strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// pageSize is small, so that a few messages make many pages.
const pageSize = 5

// world is a service with histories in memory.
type world struct {
	roaming.Service

	mu       sync.Mutex
	messages map[roaming.Ref][]roaming.Message // oldest first
	bad      map[roaming.Ref]int               // of so many messages one can't be read
	stretch  map[roaming.Ref]int               // nor can so many in a row of three times as many
	passing  map[roaming.MessageID]bool        // those that can't be read the next time that they come
	broken   map[roaming.Ref]error
	limit    map[roaming.Ref]int              // broken only after a page with that message, from 1
	unknown  string                           // the answer where a start is not there: "" for nothing, "anew", "after", "error"
	shown    map[roaming.Ref]*roaming.Message // by the list in place of the last message
	torn     int                              // entries of each list that can't be read
	calls    int
	// exclusive bounds of time are not within the range themselves
	exclusive bool
	called    func(n int) // before each call
	ids       roaming.MessageID
	falling   bool // each new message has a lower ID
}

func newWorld() *world {
	return &world{messages: map[roaming.Ref][]roaming.Message{}, bad: map[roaming.Ref]int{}, stretch: map[roaming.Ref]int{}, broken: map[roaming.Ref]error{}, ids: 1 << 60}
}

const epoch = int64(1_760_000_000_000) // Unix ms

// say adds messages to a history, a few of them at the same millisecond.
func (w *world) say(ref roaming.Ref, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range n {
		w.ids++
		if w.falling {
			w.ids -= 2
		}
		at := epoch + int64(len(w.messages[ref]))/3*1000
		w.messages[ref] = append(w.messages[ref], roaming.Message{
			ID: w.ids, Timestamp: roaming.Millis(at), ChatType: ref.Type, Conversation: ref.Conversation,
			From: ref.User, To: ref.Conversation, Kind: roaming.Text, Text: fmt.Sprintf("=第%d条 \"<\n%s", i, ref),
			Body: map[string]any{"msg": "x"}, Ext: map[string]any{"big": 12345678901234567},
		})
	}
}

func (w *world) call(ref roaming.Ref) error {
	w.mu.Lock()
	w.calls++
	n, called, err := w.calls, w.called, w.broken[ref]
	w.mu.Unlock()
	if called != nil {
		called(n)
	}
	return err
}

func (w *world) Conversations(ctx context.Context, user string, _ roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		if err := errors.Join(w.call(roaming.Ref{User: user}), ctx.Err()); err != nil {
			yield(roaming.Page[roaming.Conversation]{}, err)
			return
		}
		w.mu.Lock()
		var page roaming.Page[roaming.Conversation]
		for ref, messages := range w.messages {
			last, ok := w.shown[ref]
			if ref.User == user && ref.Type != roaming.Room && (ok || len(messages) > 0) {
				if !ok {
					last = &messages[len(messages)-1]
				}
				page.Items = append(page.Items, roaming.Conversation{ID: ref.Conversation, Type: ref.Type, LastMessage: last})
			}
		}
		for i := range w.torn {
			page.Bad = append(page.Bad, &roaming.ItemError{Position: i + 1, Raw: "x", Err: errors.New("no JSON")})
		}
		w.mu.Unlock()
		slices.SortFunc(page.Items, func(a, b roaming.Conversation) int { return cmp.Compare(a.ID, b.ID) })
		yield(page, nil)
	}
}

func (w *world) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		for start := q.Start; ; {
			err := errors.Join(w.call(ref), ctx.Err())
			page, last := w.page(ref, start, q)
			if n := w.limit[ref]; ctx.Err() == nil && n > 0 && len(page.Items) > 0 && page.Items[0].ID < w.messages[ref][n-1].ID {
				err = nil
			}
			if err == nil && w.unknown == "error" && w.missing(ref, start) {
				err = fault.New(fault.Refused, "reading %s: unknown start (400)", ref).WithScope(fault.OneConversation)
			}
			if err != nil {
				yield(roaming.Page[roaming.Message]{}, err)
				return
			}
			start = page.Next
			if !yield(page, nil) || last {
				return
			}
		}
	}
}

func (w *world) page(ref roaming.Ref, start roaming.Cursor, q roaming.HistoryQuery) (page roaming.Page[roaming.Message], last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.after(ref, start, q.Direction) {
		switch {
		case !q.Since.IsZero() && m.Timestamp.Before(q.Since), !q.Until.IsZero() && m.Timestamp.After(q.Until):
		case w.exclusive && (m.Timestamp.Equal(q.Since) || m.Timestamp.Equal(q.Until)):
		case len(page.Items)+len(page.Bad) == pageSize:
			return page, false
		case w.spoilt(ref, m) || w.passing[m.ID]:
			delete(w.passing, m.ID)
			page.Bad = append(page.Bad, &roaming.ItemError{Position: len(page.Items) + len(page.Bad) + 1, Raw: "raw " + m.ID.String(), Err: errors.New("not protobuf")})
			page.Next = cursor(m)
		default:
			page.Items = append(page.Items, m)
			page.Next = cursor(m)
		}
	}
	return page, true
}

// after returns the messages after a cursor, in a direction.
func (w *world) after(ref roaming.Ref, start roaming.Cursor, d roaming.Direction) []roaming.Message {
	all := slices.Clone(w.messages[ref])
	if d == roaming.Up {
		slices.Reverse(all)
	}
	i := slices.IndexFunc(all, func(m roaming.Message) bool { return cursor(m) == start })
	switch {
	case start == "", i < 0 && w.unknown == "anew":
		return all
	case i >= 0:
		return all[i+1:]
	case w.unknown == "after":
		from, _ := roaming.ParseMessageID(string(start))
		return slices.DeleteFunc(all, func(m roaming.Message) bool { return m.ID <= from })
	default:
		return nil
	}
}

// missing reports whether a cursor's message is gone.
func (w *world) missing(ref roaming.Ref, start roaming.Cursor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return start != "" && !slices.ContainsFunc(w.messages[ref], func(m roaming.Message) bool { return cursor(m) == start })
}

// cursor returns the cursor for what follows a message.
func cursor(m roaming.Message) roaming.Cursor {
	if m.ID == 0 {
		return roaming.Cursor("after " + m.Text)
	}
	return roaming.Cursor(m.ID.String())
}

// spoilt reports whether a message is unreadable.
func (w *world) spoilt(ref roaming.Ref, m roaming.Message) bool {
	stretch := w.stretch[ref]
	return w.bad[ref] > 0 && int(m.ID)%w.bad[ref] == 0 || stretch > 0 && int(m.ID)/stretch%3 == 0
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

func chat(user, peer string) roaming.Ref {
	return roaming.Ref{User: user, Conversation: peer, Type: roaming.Chat}
}

func group(user, id string) roaming.Ref {
	return roaming.Ref{User: user, Conversation: id, Type: roaming.Group}
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
