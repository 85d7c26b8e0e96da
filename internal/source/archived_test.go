package source

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	archivefiles "github.com/roamctl/roamctl/internal/archive/files"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/roaming"
)

// TestArchived: an archive has also what the user no longer sees, and says so; it
// names the user's conversations and what was not fetched.
func TestArchived(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chats.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	chat, group := archive.ChatOf("alice", "bob"), archive.GroupOf(roaming.Group, "g1")
	message := func(n int64, c archive.Conversation, from string) archive.Message {
		text := fmt.Sprint("text ", n)
		return archive.Message{
			Key: archive.IDKey(fmt.Sprint(n)), Time: roaming.Millis(n * 1000), Conversation: c, From: from, To: c.For(from), Kind: roaming.Text, Text: text,
			Body: map[string]any{"msg": text}, Raw: fmt.Append(nil, n), Source: archive.Roaming,
		}
	}
	all := archive.Everything()
	view := func(recheck bool, ids ...string) archive.View {
		v := archive.View{User: "alice", Conversation: chat, Span: all, Recheck: recheck}
		for _, id := range ids {
			v.Keys = append(v.Keys, archive.IDKey(id))
		}
		return v
	}
	failed := archive.Fetch{
		Subject: archive.Subject{User: "alice", Conversation: group}, Span: archive.Span{From: 1, To: 9000}, At: roaming.Millis(9000),
		State: archive.Failed, Reason: "refused",
	}
	for n, b := range []archive.Batch{
		{
			Messages: []archive.Message{message(1, chat, "bob"), message(2, chat, "alice"), message(3, chat, "bob"), message(7, group, "carol")},
			Views:    []archive.View{view(false, "1", "2", "3")}, Fetches: []archive.Fetch{failed},
		},
		{Views: []archive.View{view(true, "1", "3")}},
	} {
		b.Run = archive.Run{ID: fmt.Sprint("run", n), Started: roaming.Millis(int64(10_000 * (n + 1)))}
		if _, err := store.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	s := NewArchive(store, "chats.db", "", archivefiles.Folder{})
	ref := roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	read := func(q Query) (got []string) {
		t.Helper()
		for m, err := range s.Messages(t.Context(), ref, q) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(m.ID, " ", m.Conversation, " ", m.State, " ", m.Since))
		}
		return got
	}
	want := []string{"1 bob  ", "2 bob gone 1970-01-01T00:00:20.000Z", "3 bob  "}
	if diff := cmp.Diff(want, read(Query{Direction: roaming.Down})); diff != "" {
		t.Errorf("oldest first (-want +got):\n%s", diff)
	}
	slices.Reverse(want)
	if diff := cmp.Diff(want, read(Query{})); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	positions := map[string]Position{}
	for m, err := range s.Messages(t.Context(), ref, Query{Raw: true}) {
		if err != nil || string(m.Raw) != m.ID.String() {
			t.Fatal(m.ID, m.Raw, err)
		}
		positions[m.ID.String()] = m.Position
	}
	if diff := cmp.Diff(want[1:], read(Query{After: positions["3"]})); diff != "" {
		t.Errorf("older ones (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:1], read(Query{After: positions["2"], Direction: roaming.Down})); diff != "" {
		t.Errorf("newer ones (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:2], read(Query{Since: roaming.Millis(2000).Time, Until: roaming.Millis(2000).Time})); diff != "" {
		t.Errorf("of a range, both ends included (-want +got):\n%s", diff)
	}
	if got := read(Query{Kinds: []roaming.Kind{roaming.Image, roaming.File}}); len(got) > 0 {
		t.Errorf("of other kinds: %q", got)
	}
	if got := read(Query{Kinds: []roaming.Kind{roaming.Image, roaming.Text}}); len(got) != 3 {
		t.Errorf("of a kind: %q", got)
	}
	var listed []string
	for c, err := range s.Conversations(t.Context(), "alice") {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, fmt.Sprint(c.Type, " ", c.ID, " ", c.LastActive, " ", c.LastMessage.Text))
	}
	want = []string{"group g1 1970-01-01T00:00:07.000Z text 7", "chat bob 1970-01-01T00:00:03.000Z text 3"}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("conversations (-want +got):\n%s", diff)
	}
	var users []string
	for user, err := range s.(Lister).Users(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, user)
	}
	if diff := cmp.Diff([]string{"alice", "bob", "carol"}, users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	gaps := func(ref roaming.Ref) (found int) {
		for g, err := range s.Gaps(t.Context(), ref, Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			if g.Reason == "the user's history could not be fetched: refused" {
				found++
			}
		}
		return found
	}
	if of, other := gaps(roaming.Ref{User: "alice", Conversation: "g1", Type: roaming.Group}), gaps(ref); of != 1 || other != 0 {
		t.Errorf("%d gaps of the group, %d of the chat", of, other)
	}
}
