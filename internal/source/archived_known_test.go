package source

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	archivefiles "github.com/roamctl/roamctl/internal/archive/files"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/roaming"
)

// TestArchivedKnown: of a message that the user no longer sees, the archive says what
// the other side had when, and names the notice of a recall.
func TestArchivedKnown(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chats.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	chat := archive.ChatOf("alice", "bob")
	var messages []archive.Message
	for n := range int64(6) {
		messages = append(messages, archive.Message{
			Key: archive.IDKey(fmt.Sprint(n + 1)), Time: roaming.Millis((n + 1) * 1000), Conversation: chat, From: "bob", To: "alice", Kind: roaming.Text,
			Text: "t", Body: map[string]any{"msg": "t"}, Raw: fmt.Append(nil, n), Source: archive.Roaming,
		})
	}
	messages[5].Kind, messages[5].Text = roaming.Unknown, ""
	messages[5].Body = map[string]any{"type": "RECALL", "ackMessageId": "5"}
	view := func(user string, recheck bool, ids ...string) archive.View {
		v := archive.View{User: user, Conversation: chat, Span: archive.Everything(), Recheck: recheck, Kept: roaming.Millis(1500)}
		for _, id := range ids {
			v.Keys = append(v.Keys, archive.IDKey(id))
		}
		return v
	}
	for n, b := range []archive.Batch{
		{Messages: messages, Views: []archive.View{view("alice", false, "1", "2", "3", "4", "5", "6"), view("bob", false, "1", "2", "3", "4", "5", "6")}},
		{Views: []archive.View{view("alice", true, "4", "6"), view("bob", true, "2", "4", "6")}},
		{Views: []archive.View{view("bob", true, "2", "4", "6")}},
	} {
		b.Run = archive.Run{ID: fmt.Sprint("run", n), Started: roaming.Millis(int64(10_000 * (n + 1)))}
		if _, err := store.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	s := NewArchive(store, "chats.db", "", archivefiles.Folder{})
	var got []string
	for m, err := range s.Messages(t.Context(), roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}, Query{Direction: roaming.Down}) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s; bob %s %s", m.ID, m.State, m.Peer.State, m.Peer.At)
		if m.Recall != nil {
			line += fmt.Sprintf("; recalled by %s at %s", m.Recall.By, m.Recall.At)
		}
		got = append(got, line)
	}
	want := []string{
		"1 expired; bob  ",
		"2 gone; bob seen 1970-01-01T00:00:30.000Z",
		"3 gone; bob gone 1970-01-01T00:00:20.000Z",
		"4 ; bob  ",
		"5 gone; bob gone 1970-01-01T00:00:20.000Z; recalled by bob at 1970-01-01T00:00:06.000Z",
		"6 ; bob  ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecallOf: only a notice with a message ID is one of a recall.
func TestRecallOf(t *testing.T) {
	for _, body := range []map[string]any{{}, {"type": "RECALL"}, {"type": "READ_ACK", "ackMessageId": "5"}, {"type": "RECALL", "ackMessageId": "x"}, {"type": 6, "ackMessageId": 5}} {
		if id, recall := RecallOf(roaming.Message{Kind: roaming.Unknown, Body: body}); recall != nil || id != 0 {
			t.Errorf("%v: message %s", body, id)
		}
	}
}
