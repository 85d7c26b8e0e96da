package roaming

import (
	"encoding/json"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseMessageID(t *testing.T) {
	for in, want := range map[string]MessageID{"1": 1, "18446744073709551615": 1<<64 - 1, "0042": 42} {
		if got, err := ParseMessageID(in); err != nil || got != want {
			t.Errorf("ParseMessageID(%q) = %d, %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "0", "-1", "+1", "1.0", "1e3", " 1", "18446744073709551616", "１", "0x1", "1_0"} {
		if _, err := ParseMessageID(bad); err == nil {
			t.Errorf("ParseMessageID(%q) was taken", bad)
		}
	}
}

// Scripts depend on the field names.
func TestJSONFieldNamesAreStable(t *testing.T) {
	m := Message{
		ID: 1<<64 - 1, Timestamp: Millis(1763596800919), ChatType: Group, Conversation: "42",
		From: "alice", To: "42", Kind: Text, Text: "你好", Body: map[string]any{"msg": "你好"}, Ext: map[string]any{},
	}
	c := Conversation{ID: "42", Type: Group, Marks: []string{}, LastMessage: &m}
	got, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"42","type":"group","unread":0,"pinned":false,"pinned_at":null,"marks":[],"last_active":null,` +
		`"last_message":{"id":"18446744073709551615","timestamp":"2025-11-20T00:00:00.919Z","chat_type":"group",` +
		`"conversation":"42","from":"alice","to":"42","kind":"txt","text":"你好","body":{"msg":"你好"},"ext":{}}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	var back Conversation
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, back); diff != "" {
		t.Error(diff)
	}
}

// An invalid time is null beside its number, and a missing ID is "". Both can be
// decoded again.
func TestUnusualMessagesHaveStableFields(t *testing.T) {
	c := Conversation{ID: "bob", Type: Chat, Pinned: true, RawPinnedAt: "0", LastMessage: &Message{RawTimestamp: "18446744073709551615", Raw: []byte{1}}}
	got, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"bob","type":"chat","unread":0,"pinned":true,"pinned_at":null,"raw_pinned_at":"0","marks":null,"last_active":null,` +
		`"last_message":{"id":"","timestamp":null,"raw_timestamp":"18446744073709551615","chat_type":"",` +
		`"conversation":"","from":"","to":"","kind":"","text":"","body":null,"ext":null,"raw":"AQ=="}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	var back Conversation
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, back); diff != "" {
		t.Error(diff)
	}
}

// The fields of what only some messages have.
func TestDetailsHaveStableFields(t *testing.T) {
	m := Message{Details: Details{
		Edited: &Edit{Count: 2, By: "bob", At: Millis(1763600000123)}, Reactions: []any{map[string]any{"reaction": "👍"}},
		Thread: map[string]any{"thread_name": "plans"}, Stream: map[string]any{"status": "2"}, Recipients: []string{"carol"},
	}}
	got, err := m.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"","timestamp":null,"chat_type":"","conversation":"","from":"","to":"","kind":"","text":"","body":null,"ext":null,` +
		`"edited":{"count":2,"by":"bob","at":"2025-11-20T00:53:20.123Z"},"reactions":[{"reaction":"👍"}],"thread":{"thread_name":"plans"},` +
		`"stream":{"status":"2"},"recipients":["carol"]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	var back Message
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, back); diff != "" {
		t.Error(diff)
	}
}

func TestTimeKeepsMilliseconds(t *testing.T) {
	at := Time{time.Date(2026, 11, 23, 8, 0, 0, 5e6, time.FixedZone("", 8*3600))}
	if got, want := at.String(), "2026-11-23T00:00:00.005Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (Time{}).String(); got != "" {
		t.Errorf("the zero time prints %q", got)
	}
	var bad Time
	if err := json.Unmarshal([]byte(`"yesterday"`), &bad); err == nil {
		t.Error("a bad time was taken")
	}
}

func TestParseChatType(t *testing.T) {
	for wire, want := range map[string]ChatType{"groupchat": Group, "chatroom": Room, "chat": Chat, "room": Room} {
		if got, err := ParseChatType(wire); err != nil || got != want {
			t.Errorf("ParseChatType(%q) = %q, %v", wire, got, err)
		}
	}
	if _, err := ParseChatType("Chat"); err == nil {
		t.Error("a bad chat type was taken")
	}
}

func TestItemsSkipsBadItemsAndEndsAtAnError(t *testing.T) {
	boom := errors.New("boom")
	pages := func(yield func(Page[int], error) bool) {
		bad := &ItemError{Page: 1, Position: 2, Err: errors.New("not protobuf")}
		_ = yield(Page[int]{Items: []int{1, 3}, Bad: []*ItemError{bad}}, nil) &&
			yield(Page[int]{Items: []int{4}}, nil) &&
			yield(Page[int]{}, boom)
	}
	var got []int
	var itemErrors int
	var last error
	for n, err := range Items(iter.Seq2[Page[int], error](pages)) {
		switch {
		case IsItemError(err):
			itemErrors++
		case err != nil:
			last = err
		default:
			got = append(got, n)
		}
	}
	if diff := cmp.Diff([]int{1, 3, 4}, got); diff != "" {
		t.Error(diff)
	}
	if itemErrors != 1 || !errors.Is(last, boom) {
		t.Errorf("%d item errors, last error %v", itemErrors, last)
	}
}
