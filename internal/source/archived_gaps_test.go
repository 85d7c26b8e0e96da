package source

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	archivefiles "github.com/roamctl/roamctl/internal/archive/files"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/roaming"
)

// The gaps of a conversation are its own, those of its user's list, and the hours of the
// app since the user's view was read. A view that was never read is one, too.
func TestArchivedGaps(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chats.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	chat, group := archive.ChatOf("alice", "bob"), archive.GroupOf(roaming.Group, "g1")
	fetch := func(s archive.Subject, from, to int64, state archive.FetchState, reason string) archive.Fetch {
		return archive.Fetch{Subject: s, Span: archive.Span{From: from, To: to}, At: roaming.Millis(9000), State: state, Reason: reason}
	}
	batch := archive.Batch{Run: archive.Run{ID: "run", Started: roaming.Millis(9000)}, Fetches: []archive.Fetch{
		fetch(archive.Subject{}, 1000, 1999, archive.Young, ""),
		fetch(archive.Subject{}, 2000, 2999, archive.Failed, "cut off"),
		fetch(archive.Subject{User: "alice", Conversation: chat}, 0, 1499, archive.Complete, ""),
		fetch(archive.Subject{User: "alice", Conversation: group}, 1, 9000, archive.Failed, "refused"),
		fetch(archive.Subject{User: "carol"}, 0, 9000, archive.Failed, "no list"),
	}}
	if _, err := store.Import(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	s := NewArchive(store, "chats.db", "", archivefiles.Folder{})
	const young, cut = "what the whole app sent was fetched before it was complete", "what the whole app sent could not be fetched: cut off"
	at := func(from, to int64, reason string, shared bool) Gap {
		return Gap{From: roaming.Millis(from), To: roaming.Millis(to), Reason: reason, Shared: shared}
	}
	for name, tt := range map[string]struct {
		ref  roaming.Ref
		q    Query
		want []Gap
	}{
		"read": {roaming.Ref{User: "alice", Conversation: "bob"}, Query{}, []Gap{at(1000, 1999, young, true), at(2000, 2999, cut, true)}},
		"of a range": {
			roaming.Ref{User: "Alice", Conversation: "bob"}, Query{Until: roaming.Millis(1600).Time}, []Gap{at(1000, 1999, young, true)},
		},
		"refused": {
			roaming.Ref{User: "alice", Conversation: "g1", Type: roaming.Group},
			Query{},
			[]Gap{at(1000, 1999, young, true), at(2000, 2999, cut, true), at(1, 9000, "the user's history could not be fetched: refused", false)},
		},
		"never read": {
			roaming.Ref{User: "bob", Conversation: "alice"},
			Query{Since: roaming.Millis(2000).Time},
			[]Gap{{Reason: "no sync with --source roaming and no import had bob's chat with alice, or it was erased", Shared: true}, at(2000, 2999, cut, true)},
		},
		"without a list": {
			roaming.Ref{User: "carol", Conversation: "bob"},
			Query{Since: roaming.Millis(3000).Time},
			[]Gap{
				{Reason: "no sync with --source roaming and no import had carol's chat with bob, or it was erased", Shared: true},
				{To: roaming.Millis(9000), Reason: "the user's history could not be fetched: no list", Shared: true},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Gap
			for g, err := range s.Gaps(t.Context(), tt.ref, tt.q) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, g)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
