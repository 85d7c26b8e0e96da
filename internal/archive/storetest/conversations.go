package storetest

import (
	"fmt"
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

// in is a message of a sender in a conversation.
func in(c archive.Conversation, id string, seconds int, sender string) archive.Message {
	m := text(id, seconds, "一")
	m.Conversation, m.From, m.To = c, sender, c.For(sender)
	return withRaw(m)
}

// A list has the latest message of each conversation: the user's latest of a group that
// is known only because the user wrote to it, anybody's latest of a group that was
// fetched for the user. What was fetched in vain comes last. What was erased is not on
// it.
func testList(t *testing.T, open Opener) {
	s := opened(t, open)
	bob, carol, self := archive.ChatOf("alice", "bob"), archive.ChatOf("alice", "carol"), archive.ChatOf("alice", "alice")
	wrote, fetched, none := archive.GroupOf(roaming.Group, "g1"), archive.GroupOf(roaming.Group, "g2"), archive.GroupOf(roaming.Group, "g3")
	room := archive.GroupOf(roaming.Room, "alice") // an ID that is a user's, too
	b := ofRun(1,
		in(bob, "1", 1, "alice"), in(bob, "2", 20, "bob"), in(carol, "3", 3, "carol"), in(self, "4", 15, "alice"),
		in(wrote, "5", 5, "alice"), in(wrote, "6", 12, "Alice"), in(wrote, "7", 30, "bob"),
		in(fetched, "8", 8, "alice"), in(fetched, "9", 18, "bob"),
		in(room, "10", 2, "bob"), in(archive.ChatOf("bob", "carol"), "11", 11, "carol"), in(archive.GroupOf(roaming.Group, "g4"), "12", 40, "carol"),
	)
	for _, c := range []archive.Conversation{fetched, none} {
		b.Fetches = append(b.Fetches, archive.Fetch{
			Subject: archive.Subject{User: "alice", Conversation: c}, Span: archive.Span{From: 1, To: 2}, At: at(1), State: archive.Complete,
		})
	}
	mustImport(t, s, b)
	list := func(user string) (got []string) {
		for _, l := range collect(t, s.List(t.Context(), user)) {
			id := "nothing"
			if l.Last != nil {
				id = l.Last.Key.ID()
				if l.Last.Text != "一" || l.Last.Conversation != l.Conversation {
					t.Errorf("%v: %+v", l.Conversation, l.Last)
				}
			}
			got = append(got, fmt.Sprint(l.Conversation, ": ", id))
		}
		return got
	}
	ofAlice := []string{
		"the chat of alice and bob: 2", "group g2: 9", "the chat of alice and alice: 4", "group g1: 6", "the chat of alice and carol: 3", "group g3: nothing",
	}
	for user, want := range map[string][]string{
		"alice": ofAlice, "ALICE": ofAlice, "nobody": nil, "": nil, "g1": nil,
		"carol": {"group g4: 12", "the chat of bob and carol: 11", "the chat of alice and carol: 3"},
	} {
		if diff := cmp.Diff(want, list(user)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", user, diff)
		}
	}
	for range s.List(t.Context(), "alice") {
		break
	}
	erasure := archive.Erasure{Keys: []archive.Key{archive.IDKey("2"), archive.IDKey("6"), archive.IDKey("9")}, User: "carol"}
	if _, err := s.Erase(t.Context(), erasure); err != nil {
		t.Fatal(err)
	}
	want := []string{"the chat of alice and alice: 4", "group g2: 8", "group g1: 5", "the chat of alice and bob: 1", "group g3: nothing"}
	if diff := cmp.Diff(want, list("alice")); diff != "" {
		t.Errorf("after an erasure (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"alice", "bob"}, collect(t, s.Users(t.Context()))); diff != "" {
		t.Errorf("users after an erasure (-want +got):\n%s", diff)
	}
}

// Users are senders, both sides of a chat, and those whose histories were fetched, each
// once and in lower case; not groups.
func testUsers(t *testing.T, open Opener) {
	s := opened(t, open)
	group := archive.GroupOf(roaming.Group, "g1")
	notice := in(group, "4", 4, "")
	b := ofRun(1, in(archive.ChatOf("alice", "bob"), "1", 1, "alice"), in(group, "2", 2, "Zoë"), in(group, "3", 3, "zoë"), notice)
	b = withView(b, viewOf("Carol", 1, 3, false))
	b.Fetches = []archive.Fetch{
		{Subject: archive.Subject{User: "Dave"}, Span: archive.Span{From: 1, To: 2}, At: at(1), State: archive.Failed},
		{Span: archive.Span{From: 1, To: 2}, At: at(1), State: archive.Complete},
	}
	mustImport(t, s, b)
	want := []string{"alice", "bob", "carol", "dave", "zoë"}
	if diff := cmp.Diff(want, collect(t, s.Users(t.Context()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range s.Users(t.Context()) {
		break
	}
}

// List reads a user's conversations, at most limit, for benchmarks.
func List(b *testing.B, s archive.Store, user string, limit int) {
	b.Helper()
	n := 0
	for _, err := range s.List(b.Context(), user) {
		if err != nil {
			b.Fatal(err)
		}
		n++
		if n == limit {
			break
		}
	}
	b.ReportMetric(float64(n), "conversations")
}
