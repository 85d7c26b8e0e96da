package sqlite

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

// realMessages are 31,465 real text messages, as records of history files. The
// file is beside the repository, not in it.
func realMessages(t testing.TB) []archive.Message {
	t.Helper()
	return slices.Collect(streamMessages(t))
}

// streamMessages is realMessages, one at a time.
func streamMessages(t testing.TB) iter.Seq[archive.Message] {
	t.Helper()
	path := os.Getenv("ROAMCTL_TEST_MESSAGES")
	if path == "" {
		path = "../../../../shared/data/sms_zh.ndjson.gz"
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the real messages are not here: %v (ROAMCTL_TEST_MESSAGES names their file)", err)
	}
	return func(yield func(archive.Message) bool) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		zipped, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(zipped); lines.Scan(); {
			if !yield(hourly(t, bytes.Clone(lines.Bytes()))) {
				return
			}
		}
	}
}

// hourly is a record of a history file that holds a text.
func hourly(t testing.TB, line []byte) archive.Message {
	t.Helper()
	var r struct {
		ID        string `json:"msg_id"`
		Timestamp int64  `json:"timestamp"`
		ChatType  string `json:"chat_type"`
		Payload   struct {
			Bodies   []map[string]any `json:"bodies"`
			From, To string
		} `json:"payload"`
	}
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	chatType, err := roaming.ParseChatType(r.ChatType)
	if err != nil {
		t.Fatal(err)
	}
	body := r.Payload.Bodies[0]
	delete(body, "type")
	msg, _ := body["msg"].(string)
	return archive.Message{
		Key: archive.IDKey(r.ID), Time: roaming.Millis(r.Timestamp),
		Conversation: conversationOf(chatType, r.Payload.From, r.Payload.To),
		From:         r.Payload.From, To: r.Payload.To, Kind: roaming.Text, Text: msg, Body: body, Raw: line, Source: archive.Hourly,
	}
}

func conversationOf(chatType roaming.ChatType, from, to string) archive.Conversation {
	if chatType == roaming.Chat {
		return archive.ChatOf(from, to)
	}
	return archive.GroupOf(chatType, to)
}

// 200 words of the real messages, one to eight characters long, are found
// exactly where the rule finds them.
func TestRealWords(t *testing.T) {
	messages := realMessages(t)
	s := openIn(t, t.TempDir())
	defer s.Close()
	for n := 0; n < len(messages); n += 5000 {
		b := archive.Batch{Run: archive.Run{ID: "run"}, Messages: messages[n:min(n+5000, len(messages))]}
		if _, err := s.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	documents := make([]*query.Document, len(messages))
	for n := range messages {
		documents[n] = messages[n].Document()
	}
	random := rand.New(rand.NewPCG(1, 2))
	indexed := 0
	for range 200 {
		word := wordOf(random, messages)
		q := query.Query{Expr: query.Text{Term: tokens.Normalize(word)}}
		want := map[archive.Key]bool{}
		for n, d := range documents {
			if q.Match(d) {
				want[messages[n].Key] = true
			}
		}
		got := 0
		for m, err := range s.Search(t.Context(), archive.Search{Query: q, Span: archive.Everything()}) {
			if err != nil {
				t.Fatal(err)
			}
			if !want[m.Key] {
				t.Errorf("%q: %q is no hit", word, m.Text)
			}
			got++
		}
		if got != len(want) {
			t.Errorf("%q: %d hits, want %d", word, got, len(want))
		}
		if !q.Scans() {
			indexed++
		}
	}
	if indexed < 150 {
		t.Errorf("only %d words were looked up in the index", indexed)
	}
	for d, err := range s.Verify(t.Context()) {
		t.Errorf("%s %s, %v", d.Message, d.What, err)
	}
}

// wordOf is one to eight characters of a message.
func wordOf(random *rand.Rand, messages []archive.Message) string {
	for {
		runes := []rune(messages[random.IntN(len(messages))].Text)
		if len(runes) == 0 {
			continue
		}
		from := random.IntN(len(runes))
		return string(runes[from:min(len(runes), from+1+random.IntN(8))])
	}
}

// numbered is a text message with a number in place of its ID.
func numbered(n int, s string) archive.Message {
	return archive.Message{
		Key: archive.IDKey(fmt.Sprint(1_000_000 + n)), Time: roaming.Millis(1763596800000 + int64(n)*1000),
		Conversation: archive.ChatOf("alice", "bob"), From: "alice", To: "bob", Kind: roaming.Text,
		Text: s, Body: map[string]any{"msg": s}, Raw: fmt.Appendf(nil, `{"n":%d,"msg":%q}`, n, s), Source: archive.Hourly,
	}
}
