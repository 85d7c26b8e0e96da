package export

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/roaming"
)

// answers are the possible answers of a service to a cursor whose message is gone.
var answers = []string{"", "anew", "after", "error"}

// The message at the cursor, and others before it, may be gone. Whatever the service
// answers and the list has: an export adds what is new, once, and keeps what it
// has.
func TestLostCursor(t *testing.T) {
	ref := chat("alice", "bob")
	for name, vanish := range map[string]func([]roaming.Message) []roaming.Message{
		"the last was recalled": func(m []roaming.Message) []roaming.Message { return m[:len(m)-1] },
		"the last but one, too": func(m []roaming.Message) []roaming.Message { return m[:len(m)-2] },
		"all have expired":      func([]roaming.Message) []roaming.Message { return nil },
		"the older have expired": func(m []roaming.Message) []roaming.Message {
			return slices.Delete(slices.Clone(m[8:]), 3, 4)
		},
	} {
		for i, answer := range answers {
			for j, news := range []int{0, 1, 17} {
				for k, list := range []string{"up to date", "late", "empty"} {
					if (i+j+k)%3 != 0 && !childtest.All() {
						continue
					}
					t.Run(fmt.Sprint(name, answer, news, list), func(t *testing.T) {
						w, dir := newWorld(), t.TempDir()
						w.unknown = answer
						w.say(ref, 12)
						w.bad[ref] = 5
						o := Options{Template: mustTemplate(t, "{user}.ndjson", NDJSON), Format: NDJSON}
						if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
							t.Fatal(err)
						}
						want := records(t, dir)[ref]
						before := w.messages[ref]
						w.messages[ref] = vanish(before)
						old := len(w.messages[ref])
						w.say(ref, news)
						for _, m := range w.messages[ref][old:] {
							want = append(want, named(w, ref, m))
						}
						switch list {
						case "late":
							w.shown = map[roaming.Ref]*roaming.Message{ref: &before[4]}
						case "empty":
							w.shown = map[roaming.Ref]*roaming.Message{ref: nil}
						}
						for range 2 {
							r := newRun(t, w, dir, "two", o)
							if _, err := r.try(t.Context(), "alice"); err != nil || len(r.failed) > 0 {
								t.Fatal(err, r.failed)
							}
							got := records(t, dir)[ref]
							if list == "late" && answer == "" && len(got) < len(want) { // that is told by the next list
								w.shown = nil
								continue
							}
							if diff := gocmp.Diff(want, got); diff != "" {
								t.Error(diff)
							}
						}
						ok(t, dir)
					})
				}
			}
		}
	}
}

// The message at the cursor may go between two pages of a first export.
func TestCursorLostBetweenPages(t *testing.T) {
	ref := chat("alice", "bob")
	for _, answer := range answers {
		for _, call := range []int{3, 4} {
			w, dir := newWorld(), t.TempDir()
			w.say(ref, 23)
			w.unknown = answer
			want := w.want(time.Time{}, "alice")
			w.called = func(n int) {
				if n == call { // after one page, or two
					w.mu.Lock()
					defer w.mu.Unlock()
					last := (call - 2) * pageSize
					w.messages[ref] = slices.Delete(slices.Clone(w.messages[ref]), last-1, last)
				}
			}
			r := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
			r.callers = 1
			if totals, err := r.try(t.Context(), "alice"); err != nil || len(r.failed) > 0 || totals.Messages != 23 {
				t.Fatal(totals, err, r.failed)
			}
			if diff := gocmp.Diff(want, records(t, dir)); diff != "" {
				t.Errorf("%q: %s", answer, diff)
			}
			ok(t, dir)
		}
	}
}

// A new record without an ID is found after a lost cursor, though the list and the
// IDs have nothing new.
func TestNewRecordWithoutIDAfterALostCursor(t *testing.T) {
	for _, answer := range answers {
		w, dir := newWorld(), t.TempDir()
		ref := chat("alice", "bob")
		w.say(ref, 12)
		w.unknown = answer
		o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
		if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		w.messages[ref] = w.messages[ref][:11]
		w.say(ref, 1)
		w.messages[ref][11].ID, w.messages[ref][11].Raw = 0, []byte("raw")
		for range 2 {
			totals, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice")
			if err != nil || totals.Messages != 13 {
				t.Errorf("%q: %+v, %v", answer, totals, err)
			}
		}
		ok(t, dir)
	}
}

// named returns a message as records does.
func named(w *world, ref roaming.Ref, m roaming.Message) string {
	if w.spoilt(ref, m) {
		return "raw " + m.ID.String()
	}
	return m.ID.String()
}

// Messages come, expire and are recalled between exports and during interruptions.
// The export has every message that it could see, once.
func TestNothingIsLostOrDoubled(t *testing.T) {
	sample(t, 25)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld()
		w.unknown = rapid.SampledFrom(answers).Draw(rt, "answer")
		w.falling = rapid.Bool().Draw(rt, "falling")
		refs := []roaming.Ref{chat("alice", "a"), group("alice", "7"), chat("bob", "a")}
		format := rapid.SampledFrom(Formats()).Draw(rt, "format")
		template := rapid.SampledFrom([]string{"{user}/{type}-{conversation}.{format}", "{user}.{format}.zst", "all.{format}"}).Draw(rt, "template")
		if format == Parquet {
			template = strings.TrimSuffix(template, compressed)
		}
		o := Options{Template: mustTemplate(t, template, format), Format: format, PartSize: rapid.SampledFrom([]int64{0, 1500}).Draw(rt, "part")}
		dir := t.TempDir()
		want := map[roaming.Ref]map[string]bool{}
		for _, ref := range refs {
			w.bad[ref], want[ref] = rapid.SampledFrom([]int{0, 3, 7}).Draw(rt, "unreadable"), map[string]bool{}
		}
		for round := range 4 {
			r := newRun(t, w, dir, fmt.Sprint("run", round), o)
			rough := rapid.Bool().Draw(rt, "interrupted") && round < 3
			for interrupted := rough; ; interrupted = false {
				for _, ref := range refs {
					change(rt, w, ref)
				}
				calls := 1 << 30
				if interrupted {
					calls = rapid.IntRange(2, 25).Draw(rt, "calls")
				}
				ctx, cancel := until(t, w, calls)
				_, err := r.try(ctx, "alice", "bob")
				cancel()
				w.called = nil
				if !interrupted && (err != nil || len(r.failed) > 0) {
					rt.Fatal(err, r.failed)
				}
				if err == nil {
					break
				}
			}
			for ref, messages := range w.messages {
				for _, m := range messages {
					if rough { // a conversation that was done before has what came later in the next export
						break
					}
					want[ref][named(w, ref, m)] = true
				}
			}
		}
		read := records
		switch format {
		case NDJSON:
		case CSV:
			read = tableRecords
		case Parquet:
			read = parquetRows
		}
		got := read(t, dir)
		for _, ref := range refs {
			readable := slices.DeleteFunc(slices.Clone(got[ref]), func(s string) bool { return strings.HasPrefix(s, "raw") })
			all := slices.Clone(got[ref])
			if w.unknown == "anew" || w.falling { // an unreadable item whose neighbours are all gone may come again
				all = slices.Clone(readable)
			}
			slices.Sort(all)
			if once := slices.Compact(slices.Clone(all)); len(once) < len(all) {
				rt.Errorf("%s: some are doubled: %q", ref, got[ref])
			}
			for _, id := range slices.Sorted(maps.Keys(want[ref])) {
				if !slices.Contains(got[ref], id) {
					rt.Errorf("%s: %s is lost: %q", ref, id, got[ref])
				}
			}
			if !w.falling && !slices.IsSortedFunc(readable, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }) {
				rt.Errorf("%s: out of order: %q", ref, readable)
			}
		}
		ok(t, dir)
	})
}

// change removes messages from a history and adds new ones.
func change(rt *rapid.T, w *world, ref roaming.Ref) {
	m := w.messages[ref]
	m = m[rapid.IntRange(0, len(m)).Draw(rt, "expired"):]
	for i := range slices.Backward(m) {
		if rapid.IntRange(0, 5).Draw(rt, "recalled") == 0 {
			m = slices.Delete(slices.Clone(m), i, i+1)
		}
	}
	w.messages[ref] = m
	w.say(ref, rapid.IntRange(0, 12).Draw(rt, "new"))
}
