package storetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// A user's conversations are those that were fetched, in vain too, and those that an
// import had, each once. Fetches of the app or of the user's list name none.
func testConversations(t *testing.T, open Opener) {
	s := opened(t, open)
	bob, carol := archive.ChatOf("alice", "bob"), archive.ChatOf("alice", "carol")
	group := archive.GroupOf(roaming.Group, "g1")
	fetch := func(user string, c archive.Conversation, state archive.FetchState) archive.Fetch {
		return archive.Fetch{Subject: archive.Subject{User: user, Conversation: c}, Span: archive.Span{From: 1, To: 2}, At: at(1), State: state}
	}
	one := text("1", 1, "一")
	b := withView(ofRun(1, one), viewOf("alice", 1, 3, false, one))
	b.Fetches = []archive.Fetch{
		fetch("Alice", bob, archive.Complete),
		fetch("alice", group, archive.Complete),
		fetch("alice", carol, archive.Failed),
		fetch("alice", archive.Conversation{}, archive.Failed),
		fetch("dave", archive.Conversation{}, archive.Failed),
		fetch("carol", carol, archive.Complete),
		fetch("", archive.Conversation{}, archive.Complete),
	}
	mustImport(t, s, b)
	mustImport(t, s, withView(ofRun(2), viewOf("alice", 5, 9, false))) // a second range of the chat
	for user, want := range map[string][]archive.Conversation{
		"alice": {bob, carol, group}, "ALICE": {bob, carol, group}, "carol": {carol}, "bob": nil, "dave": nil, "nobody": nil, "": nil,
	} {
		got := collect(t, s.Conversations(t.Context(), user))
		slices.SortFunc(got, func(a, b archive.Conversation) int {
			return slices.Compare([]string{string(a.Type), a.B}, []string{string(b.Type), b.B})
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", user, diff)
		}
	}
}
