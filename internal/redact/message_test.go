package redact

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

func textMessage(from, text string) roaming.Message {
	return roaming.Message{
		ID: 42, Timestamp: roaming.Millis(1764495436123), ChatType: roaming.Chat, Conversation: "13800138000", From: from, To: "13800138000",
		Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text}, Ext: map[string]any{},
	}
}

// Only the text of a text message stays, redacted. IDs stay although they look like
// mobile numbers.
func TestMessageFailsClosed(t *testing.T) {
	var log []Entry
	r := New(mustParse(t, ""), Options{Log: func(e Entry) error { log = append(log, e); return nil }})
	m := textMessage("13800138000", "call 13800138000")
	m.Body["translations"], m.Ext, m.Raw = "x", map[string]any{"a": "b"}, []byte("raw")
	m.Reactions, m.Thread, m.Stream = []any{map[string]any{"reaction": "👍"}}, map[string]any{"thread_name": "n"}, map[string]any{"error": "e"}
	m.Edited, m.Recipients = &roaming.Edit{By: "bob"}, []string{"carol"}
	got := r.Message("alice", m)
	text := r.Text(m.Text)
	want := textMessage("13800138000", text)
	want.Edited, want.Recipients = &roaming.Edit{By: "bob"}, []string{"carol"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(text, "138") || m.Text != "call 13800138000" {
		t.Errorf("the text became %q", text)
	}
	for _, e := range []Entry{{"42", "text", Mobile, 1}, {"42", "raw", LeftOut, 1}, {"42", "body", LeftOut, 1}, {"42", "ext", LeftOut, 1}, {"42", "reactions", LeftOut, 1}, {"42", "thread", LeftOut, 1}, {"42", "stream", LeftOut, 1}} {
		found := false
		for _, got := range log {
			found = found || got == e
		}
		if !found {
			t.Errorf("the log lacks %+v: %+v", e, log)
		}
	}
	if err := r.CheckRecord(map[string]any{"id": "42", "from": "13800138000", "kind": "txt", "text": m.Text}); err == nil || strings.Contains(err.Error(), "138") || !strings.Contains(err.Error(), "message 42") {
		t.Errorf("the check of the original: %v", err)
	}
}

// What rules allow is kept, and redacted in every value, names included.
func TestAllowedFields(t *testing.T) {
	all := make([]string, 0, len(Fields()))
	for _, f := range Fields() {
		all = append(all, string(f))
	}
	r := New(mustParse(t, "allow: {fields: ["+strings.Join(all, ", ")+"], texts: ['138 0013 8001']}"), Options{})
	m := textMessage("bob", "")
	m.Kind, m.Text = roaming.File, ""
	m.Body = map[string]any{"filename": "13800138000.pdf", "url": "https://h/13800138000", "msg": "13800138001", "file_length": float64(13800138000), "new": "a@b.cn"}
	m.Ext = map[string]any{"13800138000": []any{map[string]any{"x": "203.0.113.9"}, true, nil}}
	got := r.Message("alice", m)
	mobile := r.Text("13800138000")
	want := map[string]any{"filename": mobile + ".pdf", "url": "https://h/13800138000", "msg": "13800138001", "file_length": mobile, "new": r.Text("a@b.cn")}
	if diff := cmp.Diff(want, got.Body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{mobile: []any{map[string]any{"x": r.Text("203.0.113.9")}, true, nil}}, got.Ext); diff != "" {
		t.Errorf("ext (-want +got):\n%s", diff)
	}
}

// Queries and --only-user take all of a message.
func TestWholeMessages(t *testing.T) {
	r := New(mustParse(t, "queries: ['from:carol secret']\nallow: {fields: [ext]}"), Options{OnlyUser: "alice"})
	for from, want := range map[string]string{"alice": "a secret", "ALICE": "a secret", "bob": Whole, "carol": Whole} {
		m := textMessage(from, "a secret")
		m.Ext = map[string]any{"k": "v"}
		got := r.Message("alice", m)
		if got.Text != want || got.Body["msg"] != want || (len(got.Ext) == 0) != (want == Whole) {
			t.Errorf("of %s: %q, %v, %v", from, got.Text, got.Body, got.Ext)
		}
	}
	q := New(mustParse(t, "queries: ['from:carol secret']"), Options{})
	if got := q.Message("alice", textMessage("carol", "a secret")).Text; got != Whole {
		t.Errorf("a query left %q", got)
	}
	if got := q.Message("alice", textMessage("carol", "another")).Text; got != "another" {
		t.Errorf("a query took %q", got)
	}
}

// What is replaced in one field is replaced in all, also where a regular expression
// alone would not take it.
func TestPartsAreReplacedInAllFields(t *testing.T) {
	r := New(mustParse(t, "regexps: ['^T-\\d+', '密码：(\\S+)']\nallow: {fields: [ext]}"), Options{})
	m := textMessage("bob", "T-17 and t-17 密码：abc")
	m.Ext = map[string]any{"note": "see T-17 密码：abc"}
	got := r.Message("alice", m)
	if strings.Contains(strings.ToLower(got.Text), "t-17") || strings.Contains(got.Text, "abc") || got.Ext["note"] != "see "+r.Text("T-17")+" "+r.Text("密码：abc") {
		t.Errorf("%q and %v", got.Text, got.Ext)
	}
}

// An event says what it is about; a recall's notice has no words of the sender.
func TestEventsAndUnknownKinds(t *testing.T) {
	r := New(mustParse(t, ""), Options{})
	m := textMessage("bob", "")
	m.Kind, m.Body = roaming.Unknown, map[string]any{"type": "RECALL", "ackMessageId": "99", "msg": "hello"}
	if diff := cmp.Diff(map[string]any{"type": "RECALL", "ackMessageId": "99"}, r.Message("alice", m).Body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.Body, m.Text = map[string]any{"type": "new", "msg": "hello"}, "hello"
	if got := r.Message("alice", m); len(got.Body) > 0 || got.Text != "" {
		t.Errorf("an unknown kind: %q %v", got.Text, got.Body)
	}
	item := r.Unreadable(&roaming.ItemError{Page: 1, Raw: "13800138000", Err: errors.New("bad 13800138000")})
	if item.Raw != "" || strings.Contains(item.Error(), "138") {
		t.Errorf("an unreadable item: %+v", item)
	}
}

// A message of an archive is redacted as one of a history.
func TestStored(t *testing.T) {
	r := New(mustParse(t, "words: [夜莺]"), Options{})
	got := r.Stored(archive.Stored{Message: archive.Message{Key: archive.IDKey("7"), From: "bob", Kind: roaming.Text, Text: "夜莺 a@b.cn", Body: map[string]any{"msg": "夜莺 a@b.cn", "url": "u"}, Raw: []byte("r")}})
	want := r.Text("夜莺") + " " + r.Text("a@b.cn")
	if got.Text != want || got.Raw != nil || len(got.Body) != 1 || got.Body["msg"] != want {
		t.Errorf("%+v", got)
	}
}

// A number in JSON is looked at as people read it, with an exponent or without.
func TestNumbersWithAnExponent(t *testing.T) {
	r := New(mustParse(t, "allow: {fields: [ext]}"), Options{})
	ext := map[string]any{}
	for _, number := range []string{"1.3800138e10", "138001380001E-1", "138.00138e8", "41111111111111.11e2", "1e999999999", "1.5e3"} {
		ext[number] = json.Number(number)
	}
	got := r.Message("alice", roaming.Message{ID: 1, From: "bob", Kind: roaming.Text, Ext: ext}).Ext
	replaced := 0
	for _, v := range got {
		if _, ok := v.(string); ok {
			replaced++
		}
	}
	if replaced != 4 {
		t.Errorf("%d of 4 numbers were replaced: %v", replaced, got)
	}
}
