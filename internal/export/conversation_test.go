package export

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

func line(t *testing.T, id roaming.MessageID) string {
	t.Helper()
	b, err := appendMessage(nil, `al"ice\`, roaming.Message{ID: id, Timestamp: roaming.Millis(1_763_596_800_919), ChatType: roaming.Chat, Conversation: "bob", Text: `","id":"7`})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// open truncates a temporary file after its last complete message, whatever a
// killed process, a full disk or a power failure left behind it.
func TestTemporaryFilesAreTruncated(t *testing.T) {
	one, two := line(t, 1<<63), line(t, 1<<63+1)
	bad := `{"user":"alice","chat_type":"chat","conversation":"bob","unreadable":"x","error":"y"}` + "\n"
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
			c := &conversation{ref: chat("alice", "bob"), path: filepath.Join(t.TempDir(), "temp"), durable: true, seen: &seen{}}
			if err := os.WriteFile(c.path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := c.open(); err != nil {
				t.Fatal(err)
			}
			if _, err := c.file.WriteString("more\n"); err != nil {
				t.Fatal(err)
			}
			if err := c.finish(); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(c.path); string(b) != tt.kept+"more\n" || err != nil || c.last != tt.last {
				t.Errorf("%q, last %d, %v", b, c.last, err)
			}
		})
	}
}

func TestParseRecord(t *testing.T) {
	for _, l := range []string{line(t, 42), strings.Replace(line(t, 42), `"id":"42"`, `"id": "42"`, 1)} {
		r, err := parseRecord(fsutil.Line{Text: []byte(strings.TrimSuffix(l, "\n")), Ended: true})
		if err != nil || r.ID != 42 || r.Timestamp != roaming.Millis(1_763_596_800_919) || r.ref() != chat(`al"ice\`, "bob") || string(r.line)+"\n" != l || r.hash() != "" {
			t.Errorf("%s: %+v, %v", l, r, err)
		}
	}
	for _, bad := range []string{"", "{}", `{"id":"0"}`, `[1]`, `{"user":"a","id":"x","timestamp":"2025-11-20T00:00:00.919Z","chat_type":"chat"}`} {
		if r, err := parseRecord(fsutil.Line{Text: []byte(bad), Ended: true}); err == nil {
			t.Errorf("%s: %+v", bad, r)
		}
	}
	if r, err := parseRecord(fsutil.Line{Text: []byte(`{"id":"42"}`)}); err == nil {
		t.Errorf("a line without an end: %+v", r)
	}
}

func TestUnreadableRecord(t *testing.T) {
	item := &roaming.ItemError{Raw: "<raw>", Err: errors.New("not protobuf")}
	b, err := appendUnreadable([]byte("..."), group("alice", "42"), item)
	want := `...{"user":"alice","chat_type":"group","conversation":"42","unreadable":"<raw>","error":"not protobuf"}` + "\n"
	if string(b) != want || err != nil {
		t.Errorf("%s, %v", b, err)
	}
}
