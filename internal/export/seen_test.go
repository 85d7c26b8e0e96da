package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// The records are read once, and only if the IDs don't decide.
func TestSeen(t *testing.T) {
	for name, tt := range map[string]struct {
		ids  []roaming.MessageID
		read bool
	}{
		"none":               {nil, false},
		"above":              {[]roaming.MessageID{8, 9, 12}, false},
		"the highest":        {[]roaming.MessageID{7}, true},
		"below":              {[]roaming.MessageID{8, 3}, true},
		"twice":              {[]roaming.MessageID{8, 8}, true},
		"falling, all above": {[]roaming.MessageID{9, 8}, true},
	} {
		reads := 0
		k := &seen{highest: 7, read: func(add func(recordInfo)) error {
			reads++
			add(recordInfo{ID: 7})
			add(recordInfo{Unreadable: "x"})
			add(recordInfo{Unreadable: "x"})
			return nil
		}}
		if err := k.prepare(tt.ids...); err != nil || (reads == 1) != tt.read || reads > 1 {
			t.Errorf("%s: read %d times, %v", name, reads, err)
		}
		k.add(8)
		if k.has(7) != tt.read || k.has(8) != tt.read || k.has(9) || k.highest != 8 {
			t.Errorf("%s: %+v", name, k)
		}
		if err := k.prepare(3); err != nil || reads != 1 || !k.has(7) || k.has(3) {
			t.Errorf("%s: read %d times, %v", name, reads, err)
		}
		for i, want := range []bool{true, true, false} {
			if got := k.takeHash(rawHash("x")); got != want {
				t.Errorf("%s: take %d of a hash that is there twice: %v", name, i+1, got)
			}
		}
		if k.takeHash(rawHash("y")) {
			t.Errorf("%s: hashes %v", name, k.hashes)
		}
		k.add(2)
		if k.highest != 8 || !k.has(2) {
			t.Errorf("%s: %+v", name, k)
		}
	}
	broken := &seen{read: func(func(recordInfo)) error { return errors.New("gone") }}
	if err := broken.prepare(0); err == nil {
		t.Error("an error of reading is lost")
	}
}

// Cells may begin with an apostrophe, and rows of other conversations are skipped.
func TestReadCSV(t *testing.T) {
	ref := roaming.Ref{User: "=a", Conversation: "+b", Type: roaming.Chat}
	header := "user,id,chat_type,conversation,text\n"
	var got []string
	add := func(r recordInfo) { got = append(got, fmt.Sprint(r.ID, r.hash() == rawHash("raw"))) }
	text := header + "'=a,7,chat,'+b,x\n=a,,chat,+b,raw\n'=a,8,group,'+b,x\n'=a,9,chat,b,x\na,10,chat,'+b,x\n"
	read := func(text string) error {
		path := filepath.Join(t.TempDir(), "table")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return readFile(t.Context(), path, int64(len(text)), false, CSV, ref, add)
	}
	if err := read(text); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"7 false", " true"}, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "user,id,chat_type,conversation\n", header + "a,b\n"} {
		if err := read(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// An apostrophe that begins an ID belongs to it, except in a table.
func TestReadApostrophes(t *testing.T) {
	for format, want := range map[Format]int{NDJSON: 1, CSV: 2} {
		text := "user,id,chat_type,conversation,text\n'a,7,chat,b,x\na,8,chat,b,x\n"
		if format == NDJSON {
			text = ""
			for id, user := range []string{"'a", "a"} {
				line, err := appendMessage([]byte(text), user, roaming.Message{ID: roaming.MessageID(id + 7), ChatType: roaming.Chat, Conversation: "b", Kind: roaming.Text})
				if err != nil {
					t.Fatal(err)
				}
				text = string(line)
			}
		}
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := readFile(t.Context(), path, 1<<20, false, format, chat("'a", "b"), func(recordInfo) { n++ }); err != nil || n != want {
			t.Errorf("%s: %d records, %v", format, n, err)
		}
	}
}

// Nothing is added if the files that have to be read for their IDs are damaged. A
// missing file is refused before.
func TestLostCursorAndDamagedFile(t *testing.T) {
	for i, damaged := range []string{"", "not JSON\n", "", "not JSON\n"} {
		w, dir := newWorld(), t.TempDir()
		ref := chat("alice", "bob")
		w.say(ref, 12)
		w.unknown = []string{"anew", ""}[i/2]
		o := Options{Template: mustTemplate(t, "{user}.ndjson", NDJSON), Format: NDJSON}
		if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "alice.ndjson")
		if damaged == "" {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			same := damaged + strings.Repeat(" ", int(info.Size())-len(damaged))
			if err := os.WriteFile(path, []byte(same), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := tree(t, dir)
		w.messages[ref] = w.messages[ref][:11]
		w.say(ref, 1)
		r := newRun(t, w, dir, "two", o)
		_, err := r.try(t.Context(), "alice")
		if damaged == "" {
			refused(t, err)
		} else if err != nil || r.failed["alice"].Kind != fault.Safety {
			t.Errorf("%q: %v, %v", damaged, err, r.failed)
		}
		if before["alice.ndjson"] != tree(t, dir)["alice.ndjson"] {
			t.Errorf("%q: the file was changed", damaged)
		}
	}
}

// An export without anything new makes one call for each conversation, and one more
// if the list has no last message.
func TestCallsWithoutNewMessages(t *testing.T) {
	ref := chat("alice", "bob")
	for name, tt := range map[string]struct {
		spoil  func(w *world)
		listed bool
		first  int // calls of the first export
		calls  int // of those after it
	}{
		"listed":           {func(*world) {}, true, 4, 2},
		"not listed":       {func(*world) {}, false, 4, 3},
		"late list":        {func(w *world) { w.shown[ref] = &w.messages[ref][3] }, true, 4, 2},
		"gone from list":   {func(w *world) { w.shown[ref] = &roaming.Message{ID: 1 << 62} }, true, 5, 3},
		"no ID at the end": {func(w *world) { w.odd(ref, "..........nN") }, false, 4, 3},
		"unreadable end": {func(w *world) {
			w.bad[ref] = int(w.messages[ref][11].ID) // that alone
		}, true, 6, 4},
	} {
		t.Run(name, func(t *testing.T) {
			w, dir := newWorld(), t.TempDir()
			w.say(ref, 12)
			w.shown = map[roaming.Ref]*roaming.Message{}
			if !tt.listed {
				w.shown[ref] = nil
			}
			tt.spoil(w)
			o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
			if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
				t.Fatal(err)
			}
			before, calls := tree(t, dir), w.calls
			if calls != tt.first {
				t.Errorf("%d calls for the first export", calls)
			}
			for i := range 2 {
				if _, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice"); err != nil {
					t.Fatal(err)
				}
				if n := w.calls - calls; n != tt.calls*(i+1) {
					t.Errorf("%d calls", n)
				}
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// After a lost cursor, the newest page with an exported message has the new cursor.
func TestCallsAfterALostCursor(t *testing.T) {
	for answer, calls := range map[string]int{
		"": 1 + 1 + 1 + 1, "after": 1 + 1, "error": 1 + 1 + 1 + 1, "anew": 1 + 8,
	} {
		w, dir := newWorld(), t.TempDir()
		ref := chat("alice", "bob")
		w.say(ref, 38)
		w.unknown = answer
		o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
		if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		w.messages[ref] = w.messages[ref][:36]
		w.say(ref, 2)
		before := w.calls
		if totals, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice"); err != nil || totals.Messages != 40 {
			t.Errorf("%q: %+v, %v", answer, totals, err)
		}
		if n := w.calls - before; n != calls {
			t.Errorf("%q: %d calls, want %d", answer, n, calls)
		}
	}
}
