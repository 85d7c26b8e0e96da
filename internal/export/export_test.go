package export

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

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

// An export writes every conversation to its file, by any template. Repeating it
// adds what is new, and nothing twice.
func TestRepeatedExports(t *testing.T) {
	for _, tt := range []struct {
		template string
		part     int64
		files    []string
	}{
		{template: DefaultTemplate, files: []string{"alice/chat-bob.ndjson.zst", "alice/group-42.ndjson.zst", "bob/chat-alice.ndjson.zst", "bob/chat-carol.ndjson.zst"}},
		{template: "{type}/{user}/{conversation}.ndjson", part: 1000},
		{template: "{user}.{format}", files: []string{"alice.ndjson", "bob.ndjson"}},
		{template: "all.ndjson.zst", files: []string{"all.ndjson.zst"}},
		{template: "{conversation}.{format}.zst", part: 2000},
	} {
		t.Run(tt.template, func(t *testing.T) {
			w := newWorld()
			w.say(chat("alice", "bob"), 23)
			w.say(group("alice", "42"), 4)
			w.say(chat("bob", "alice"), 23)
			o := Options{Template: mustTemplate(t, tt.template, NDJSON), Format: NDJSON, PartSize: tt.part}
			dir := t.TempDir()
			if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice", "bob"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.want(time.Time{}, "alice", "bob"), records(t, dir)); diff != "" {
				t.Error(diff)
			}
			ok(t, dir)
			before := tree(t, dir)
			if _, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice", "bob"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("nothing is new, and the files changed: %s", diff)
			}
			w.say(chat("alice", "bob"), 9)
			w.say(chat("bob", "carol"), 2)
			calls := w.calls
			totals, err := newRun(t, w, dir, "three", o).try(t.Context(), "bob", "alice")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.want(time.Time{}, "alice", "bob"), records(t, dir)); diff != "" {
				t.Error(diff)
			}
			if n := w.calls - calls; n > 2+4+2 {
				t.Errorf("%d calls for 11 new messages of 4 conversations", n)
			}
			ok(t, dir)
			if totals.Messages != 23+4+23+9+2 || totals.Conversations != 4 || totals.Users != 2 {
				t.Errorf("%+v", totals)
			}
			for _, v := range tt.files {
				if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(v))); err != nil {
					t.Error(err)
				}
			}
			if tt.part > 0 {
				for name, content := range before {
					if tree(t, dir)[name] != content && name != ManifestName {
						t.Errorf("part %s was written twice", name)
					}
				}
			}
		})
	}
}

// An interrupted run with many workers writes the same files as an undisturbed
// one.
func TestInterruptedRunsWriteTheSameFiles(t *testing.T) {
	sample(t, 20)
	formats := Formats()
	if testing.Short() {
		formats = slices.DeleteFunc(formats, func(f Format) bool { return f == Parquet }) // the race detector slows it down
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld()
		users := []string{"alice", "bob", "carol"}
		for _, u := range users {
			for i := range rapid.IntRange(0, 3).Draw(rt, "conversations") {
				ref := chat(u, string(rune('a'+i)))
				if i == 2 {
					ref.Type = roaming.Group
				}
				w.say(ref, rapid.IntRange(0, 120).Draw(rt, "messages"))
				w.stretch[ref] = rapid.SampledFrom([]int{0, 0, 1, 3, 8}).Draw(rt, "stretch")
				w.bad[ref] = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 7}).Draw(rt, "unreadable")
			}
		}
		format := rapid.SampledFrom(formats).Draw(rt, "format")
		template := rapid.SampledFrom([]string{DefaultTemplate, "{user}.{format}", "all.{format}.zst", "{user}/{type}-{conversation}.{format}"}).Draw(rt, "template")
		if format == Parquet {
			template = strings.TrimSuffix(template, compressed)
		}
		o := Options{Template: mustTemplate(t, template, format), Format: format, PartSize: rapid.SampledFrom([]int64{0, 0, 1500}).Draw(rt, "part")}
		w.exclusive = rapid.Bool().Draw(rt, "exclusive")
		if seconds := rapid.SampledFrom([]int64{-1, -1, 1, 5, 20}).Draw(rt, "until"); seconds > 0 {
			o.Until = time.UnixMilli(epoch + seconds*1000)
		}

		calm := filepath.Join(t.TempDir(), "calm")
		alone := newRun(t, w, calm, "run", o)
		alone.callers = 1
		rough := newRun(t, w, filepath.Join(t.TempDir(), "rough"), "run", o)
		for round := range 2 { // the second adds to what is there
			if round > 0 {
				alone, rough.db = newRun(t, w, calm, "run", o), filepath.Join(t.TempDir(), "again.db")
				for ref := range w.messages {
					w.say(ref, rapid.IntRange(0, 30).Draw(rt, "more"))
				}
			}
			if _, err := alone.try(t.Context(), users...); err != nil {
				rt.Fatal(err)
			}
			for done := false; !done; {
				rough.callers = rapid.IntRange(1, 9).Draw(rt, "callers")
				ctx, cancel := until(t, w, rapid.IntRange(1, 400).Draw(rt, "calls"))
				_, err := rough.try(ctx, users...)
				cancel()
				w.called = nil
				if err != nil && !errors.Is(err, context.Canceled) {
					rt.Fatal(err)
				}
				done = err == nil
			}
		}
		if diff := cmp.Diff(tree(t, calm), tree(t, rough.dir)); diff != "" {
			rt.Fatal(diff)
		}
		if !w.exclusive && format == NDJSON {
			if diff := cmp.Diff(w.want(o.Until, users...), records(t, calm)); diff != "" {
				rt.Fatal(diff)
			}
		}
		if !w.exclusive && format == Parquet { // unreadable items are in a folder of their own
			if diff := cmp.Diff(sorted(w.want(o.Until, users...)), sorted(parquetRows(t, calm))); diff != "" {
				rt.Fatal(diff)
			}
		}
		ok(t, calm)
	})
}

// The conversations of one user are fetched in parallel if no other user waits.
func TestConversationsInParallel(t *testing.T) {
	w := newWorld()
	for _, peer := range []string{"a", "b", "c"} {
		w.say(chat("alice", peer), 30)
	}
	var inFlight atomic.Int32
	var once sync.Once
	together := make(chan struct{})
	w.called = func(int) {
		defer inFlight.Add(-1)
		if inFlight.Add(1) == 2 {
			once.Do(func() { close(together) })
		}
		select {
		case <-together:
		case <-time.After(100 * time.Millisecond): // the next page has another chance
		}
	}
	r := newRun(t, w, t.TempDir(), "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
	r.callers = 2
	if _, err := r.try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-together:
	default:
		t.Error("one conversation after the other")
	}
	if diff := cmp.Diff(w.want(time.Time{}, "alice"), records(t, r.dir)); diff != "" {
		t.Error(diff)
	}
}

func TestUnreadableItemsAreKept(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 12)
	w.bad[chat("alice", "bob")] = 3
	dir := t.TempDir()
	totals, err := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}).try(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	if totals.Messages != 8 || totals.Unreadable != 4 {
		t.Errorf("%+v", totals)
	}
	got := records(t, dir)[chat("alice", "bob")]
	unreadable := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !strings.Contains(s, "raw ") })
	if len(got) != 12 || len(unreadable) != 4 {
		t.Errorf("%q", got)
	}
	ok(t, dir)
}

// A failed conversation does not keep others from being exported, and the next
// run fetches it.
func TestFailedConversationsAreRetried(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 12)
	w.say(chat("bob", "alice"), 12)
	w.broken[chat("alice", "bob")] = fault.New(fault.Network, "503")
	dir := t.TempDir()
	r := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
	if totals, err := r.try(t.Context(), "alice", "bob"); err != nil || totals.Messages != 12 {
		t.Errorf("%+v, %v", totals, err)
	}
	ok(t, dir)
	w.broken = nil
	again := newRun(t, w, dir, "two", r.options)
	if totals, err := again.try(t.Context(), "alice"); err != nil || totals.Messages != 24 {
		t.Errorf("%+v, %v", totals, err)
	}
	ok(t, dir)
}

func TestOnlyOneConversation(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 5)
	room := roaming.Ref{User: "alice", Conversation: "7", Type: roaming.Room}
	w.say(room, 5)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON, Only: &ConversationFilter{"7", roaming.Room}}
	dir := t.TempDir()
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if got := records(t, dir); len(got) != 1 || len(got[room]) != 5 {
		t.Errorf("%v", got)
	}
}

// An export of one conversation continues after what the folder has of it, and
// leaves the others alone.
func TestOnlyOneConversationAfterAll(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	one, other := chat("alice", "bob"), chat("alice", "carol")
	w.say(one, 5)
	w.say(other, 5)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	want := w.want(time.Time{}, "alice")
	w.say(one, 2)
	w.say(other, 2)
	want[one] = w.want(time.Time{}, "alice")[one]
	o.Only = &ConversationFilter{"bob", roaming.Chat}
	if _, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, records(t, dir)); diff != "" {
		t.Error(diff)
	}
	ok(t, dir)
}

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
