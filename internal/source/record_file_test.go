package source

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/roaming"
)

func record(id roaming.MessageID, ms int64, conversation, text string) export.Record {
	return export.Record{User: "alice", Message: roaming.Message{
		ID: id, Timestamp: roaming.Millis(ms), ChatType: roaming.Chat, Conversation: conversation, From: conversation, To: "alice",
		Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text},
		Details: roaming.Details{Edited: &roaming.Edit{By: "bob"}},
	}}
}

// TestRecordFile: a conversation is read by time in both directions, whatever the order of
// its records; a message without a time stays behind its predecessor, and an
// unreadable item is reported at its place.
func TestRecordFile(t *testing.T) {
	bad := export.Record{User: "alice", Unreadable: "junk\x00", Error: "no protobuf"}
	bad.Conversation, bad.ChatType = "bob", roaming.Chat
	records := []export.Record{
		record(3, 3000, "bob", "three"), record(30, 0, "bob", "no time"), record(9, 9000, "carol", "other"),
		record(1, 1000, "bob", "one"), bad, record(2, 2000, "bob", "two"),
	}
	s, err := newRecordFile(func(yield func(export.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	name := s.file.Name()
	ref := roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	read := func(q Query) (got []string) {
		t.Helper()
		for m, err := range s.messages(ref, q) {
			switch {
			case roaming.IsItemError(err):
				got = append(got, "unreadable")
			case err != nil:
				t.Fatal(err)
			case m.Edited == nil || m.Edited.By != "bob":
				t.Errorf("%v lost its details", m.ID)
			default:
				got = append(got, m.Text)
			}
		}
		return got
	}
	want := []string{"one", "unreadable", "two", "three", "no time"}
	if diff := cmp.Diff(want, read(Query{Direction: roaming.Down})); diff != "" {
		t.Errorf("oldest first (-want +got):\n%s", diff)
	}
	slices.Reverse(want)
	if diff := cmp.Diff(want, read(Query{})); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"unreadable", "two"}, read(Query{Direction: roaming.Down, Since: time.UnixMilli(2000), Until: time.UnixMilli(2999)})); diff != "" {
		t.Errorf("of a range (-want +got):\n%s", diff)
	}
	positions := map[string]Position{}
	for m := range s.messages(ref, Query{}) {
		positions[m.Text] = m.Position
	}
	if diff := cmp.Diff([]string{"unreadable", "one"}, read(Query{After: positions["two"]})); diff != "" {
		t.Errorf("older than a message (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"three", "no time"}, read(Query{After: positions["two"], Direction: roaming.Down})); diff != "" {
		t.Errorf("newer than a message (-want +got):\n%s", diff)
	}
	q, err := query.Parse("thr", query.Times{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"unreadable"}, read(Query{Kinds: []roaming.Kind{roaming.Image}})); diff != "" {
		t.Errorf("of a kind (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"three", "unreadable"}, read(Query{Filter: q})); diff != "" {
		t.Errorf("of a query (-want +got):\n%s", diff)
	}
	list, err := s.list()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, c.ID+": "+c.LastMessage.Text)
	}
	if diff := cmp.Diff([]string{"carol: other", "bob: no time"}, got); diff != "" {
		t.Errorf("conversations (-want +got):\n%s", diff)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("the temporary file is still there")
	}
}
