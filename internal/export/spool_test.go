package export

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

func line(t *testing.T, id roaming.MessageID) string {
	t.Helper()
	s, err := newScribe(chat(`al"ice\`, "bob"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.message(nil, roaming.Message{ID: id, Timestamp: roaming.Millis(1_763_596_800_919), ChatType: roaming.Chat, Conversation: "bob", Text: `","id":"7`})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What a killed process, a full disk or a power failure left of a spool is cut
// off behind its last whole message, and fetched again from there.
func TestSpoolsGoOnBehindTheirLastWholeMessage(t *testing.T) {
	one, two := line(t, 1<<63), line(t, 1<<63+1)
	bad := `{"owner":"alice","chat_type":"chat","conversation":"bob","unreadable":"x","error":"y"}` + "\n"
	for name, tt := range map[string]struct {
		text, kept string
		last       roaming.MessageID
	}{
		"nothing":               {"", "", 0},
		"whole":                 {one + two, one + two, 1<<63 + 1},
		"cut off":               {one + two[:len(two)-4], one, 1 << 63},
		"cut off at the break":  {one + strings.TrimSuffix(two, "\n"), one, 1 << 63},
		"zeros":                 {one + strings.Repeat("\x00", 50) + "\n" + two, one, 1 << 63},
		"not ours":              {one + "{}\n" + two, one, 1 << 63},
		"unreadable at the end": {one + bad + bad, one, 1 << 63},
		"unreadable between":    {one + bad + two, one + bad + two, 1<<63 + 1},
		"unreadable alone":      {bad, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "0")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			s := &segment{path: path}
			if err := s.open(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.file.WriteString("more\n"); err != nil {
				t.Fatal(err)
			}
			if err := s.finish(true); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(path); string(b) != tt.kept+"more\n" || err != nil || s.last != tt.last {
				t.Errorf("%q, last %d, %v", b, s.last, err)
			}
		})
	}
}

func TestMarksAreReadFromLines(t *testing.T) {
	for _, l := range []string{line(t, 42), strings.Replace(line(t, 42), `"id":"42"`, `"id": "42"`, 1)} {
		m, err := readMark([]byte(strings.TrimSuffix(l, "\n")))
		if err != nil || m.ID != 42 || m.Timestamp != roaming.Millis(1_763_596_800_919) {
			t.Errorf("%s: %+v, %v", l, m, err)
		}
	}
	for _, bad := range []string{"", "{}", `{"id":"0"}`, `[1]`, `{"owner":"a","id":"x","timestamp":"2025-11-20T00:00:00.919Z","chat_type":"chat"}`} {
		if m, err := readMark([]byte(bad)); err == nil {
			t.Errorf("%s: %+v", bad, m)
		}
	}
}

func TestSegmentsKnowTheirEnds(t *testing.T) {
	dir := t.TempDir()
	for _, since := range []int64{1000, 0, 500} {
		if err := os.WriteFile(segmentPath(dir, since), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := findSegments(dir)
	if err != nil || len(all) != 3 || all[0].until != 499 || all[1].since != 500 || all[1].until != 999 || all[2].until != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := findSegments(filepath.Join(dir, "none")); len(all) != 0 || err != nil {
		t.Errorf("%v, %v", all, err)
	}
	if err := os.Remove(segmentPath(dir, 0)); err != nil {
		t.Fatal(err)
	}
	c := &conversation{ref: chat("alice", "bob"), dir: dir}
	if err := c.load(); err != nil || len(c.segments) != 3 || c.segments[0].since != 0 || c.segments[0].until != 499 {
		t.Errorf("the lost one is not fetched again: %+v, %v", c.segments, err)
	}
}

// Two segments may both have an item that can't be read from where they meet:
// nobody knows its time.
func TestSegmentsThatMeetShareNothing(t *testing.T) {
	dir := t.TempDir()
	bad := func(raw string) string {
		return `{"owner":"alice","chat_type":"chat","conversation":"bob","unreadable":"` + raw + `","error":"y"}` + "\n"
	}
	one, two := line(t, 1), line(t, 2)
	spool := filepath.Join(dir, "spool")
	if err := os.Mkdir(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	for since, text := range map[int64]string{0: one + bad("a") + bad("b"), 1001: bad("b") + bad("c") + two + bad("b")} {
		if err := os.WriteFile(segmentPath(spool, since), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := &volume{root: dir, path: "x", encoder: lines{}, aside: filepath.Join(dir, "aside")}
	var c ledger.Conversation
	if err := (&Exporter{}).pour(t.Context(), spool, v, &c); err != nil {
		t.Fatal(err)
	}
	if err := v.finish(); err != nil {
		t.Fatal(err)
	}
	want := one + bad("a") + bad("b") + bad("c") + two + bad("b")
	if got, err := os.ReadFile(filepath.Join(dir, "x")); string(got) != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if c.Messages != 2 || c.Unreadable != 4 || len(c.Trailing) != 1 {
		t.Errorf("%+v", c)
	}
}
