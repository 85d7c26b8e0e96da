package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

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
