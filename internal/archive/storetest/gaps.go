package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

func testGaps(t *testing.T, open Opener) {
	s := opened(t, open)
	const hour = 3600
	span := func(h int) archive.Span {
		return archive.Span{From: at(h * hour).UnixMilli(), To: at((h+1)*hour).UnixMilli() - 1}
	}
	fetch := func(h int, state archive.FetchState, reason string) archive.Fetch {
		return archive.Fetch{Span: span(h), At: at(h*hour + 7*hour), State: state, Reason: reason, Records: int64(h)}
	}
	user := archive.Subject{User: "alice", Conversation: archive.ChatOf("alice", "bob")}
	b := ofRun(1)
	b.Fetches = []archive.Fetch{
		fetch(0, archive.Complete, ""), fetch(1, archive.Failed, "500"), fetch(2, archive.Failed, "500"), fetch(3, archive.Failed, "404"),
		fetch(6, archive.Complete, ""), fetch(7, archive.Young, "less than 24 h old"),
		{Subject: user, Span: span(0), At: at(1), State: archive.Failed, Reason: "503"},
	}
	mustImport(t, s, b)
	gaps := func(q archive.GapQuery) []string {
		all := []string{}
		for _, g := range collect(t, s.Gaps(t.Context(), q)) {
			from, to := (g.Span.From-at(0).UnixMilli())/1000/hour, (g.Span.To+1-at(0).UnixMilli())/1000/hour
			all = append(all, fmt.Sprintf("%s%d-%d %s %s", g.Subject.User, from, to, g.State, g.Reason))
		}
		return all
	}
	all := archive.GapQuery{Span: archive.Everything()}
	wantIDs(t, gaps(all), "1-3 failed 500", "3-4 failed 404", "4-6 never ", "7-8 young less than 24 h old", "alice0-1 failed 503")
	wantIDs(t, gaps(archive.GapQuery{Span: archive.Span{From: span(0).From, To: span(9).To}, Hours: true}),
		"1-3 failed 500", "3-4 failed 404", "4-6 never ", "7-8 young less than 24 h old", "8-10 never ", "alice0-1 failed 503")
	wantIDs(t, gaps(archive.GapQuery{Span: archive.Everything(), User: "Alice"}), "alice0-1 failed 503")
	// What was complete stays so; the rest is replaced.
	b.Fetches = []archive.Fetch{
		fetch(0, archive.Lost, "400"), fetch(1, archive.Complete, ""), fetch(2, archive.Lost, "400"), fetch(7, archive.Complete, ""),
		{Subject: user, Span: archive.Span{From: 0, To: span(1).To}, At: at(2), State: archive.Complete},
	}
	mustImport(t, s, b)
	wantIDs(t, gaps(all), "2-3 expired 400", "3-4 failed 404", "4-6 never ")
	// A fetch in vain of what is there already, and more: the rest is missing.
	b.Fetches = []archive.Fetch{{Subject: user, Span: archive.Span{From: 0, To: span(3).To}, At: at(3), State: archive.Failed, Reason: "503"}}
	mustImport(t, s, b)
	wantIDs(t, gaps(archive.GapQuery{Span: archive.Everything(), User: "alice"}), "alice2-4 failed 503")
	got := collect(t, s.Fetches(t.Context(), archive.Subject{}, span(1)))
	if diff := cmp.Diff([]archive.Fetch{fetch(1, archive.Complete, "")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Where a conversation was read up to, and all of a user's.
	other := archive.Fetch{
		Subject: archive.Subject{User: "alice", Conversation: archive.GroupOf(roaming.Group, "g1")}, Span: span(5), At: at(4), State: archive.Complete, Last: archive.IDKey("77"),
	}
	b.Fetches = []archive.Fetch{other}
	mustImport(t, s, b)
	if diff := cmp.Diff([]archive.Fetch{other}, collect(t, s.Fetches(t.Context(), other.Subject, archive.Everything()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := collect(t, s.Fetches(t.Context(), archive.Subject{User: "alice"}, archive.Everything())); len(got) != 3 {
		t.Errorf("%d fetches of alice, want 3", len(got))
	}
	if got := collect(t, s.Fetches(t.Context(), user, archive.Everything())); len(got) != 2 || got[0].At != roaming.Millis(at(2).UnixMilli()) {
		t.Error(got)
	}
}
