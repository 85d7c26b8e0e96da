package users

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

func at(t *testing.T, text string) roaming.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return roaming.Time{Time: v}
}

// TestCounter: days are those of the zone, and the oldest and newest of all
// conversations count whatever the order they were read in.
func TestCounter(t *testing.T) {
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	r := Report{User: "alice"}
	counting := newCounter(&r, shanghai)
	counting.conversation(roaming.Conversation{ID: "bob", Type: roaming.Chat, Unread: 2})
	counting.conversation(roaming.Conversation{ID: "g1", Type: roaming.Group, Unread: 1})
	counting.conversation(roaming.Conversation{ID: "silent", Type: roaming.Chat})
	late, early := at(t, "2026-11-20T16:00:00Z"), at(t, "2026-11-20T15:59:59Z")
	counting.messages(0, roaming.Page[roaming.Message]{Items: []roaming.Message{
		{ID: 3, Kind: roaming.Text, Timestamp: late}, {ID: 2, Kind: roaming.Image, Timestamp: early},
	}})
	counting.messages(0, roaming.Page[roaming.Message]{Items: []roaming.Message{{ID: 1, Kind: roaming.Text}}})
	old := at(t, "2026-10-01T00:00:00Z")
	counting.messages(1, roaming.Page[roaming.Message]{Items: []roaming.Message{{ID: 9, Kind: roaming.Text, Timestamp: old}}})
	counting.finish()

	want := Report{
		User: "alice", Conversations: 3, Unread: 3, Messages: 4, WithoutTime: 1, Oldest: old, Newest: late,
		ByKind:   map[roaming.Kind]int{roaming.Text: 3, roaming.Image: 1},
		ByDay:    []Day{{"2026-10-01", 1}, {"2026-11-20", 1}, {"2026-11-21", 1}},
		TimeZone: "Asia/Shanghai",
		ByConversation: []ConversationCount{
			{ID: "bob", Type: roaming.Chat, Unread: 2, Messages: 3, Oldest: early, Newest: late},
			{ID: "g1", Type: roaming.Group, Unread: 1, Messages: 1, Oldest: old, Newest: old},
			{ID: "silent", Type: roaming.Chat},
		},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDayBars: no day is left out silently, over a change of the clocks too.
func TestDayBars(t *testing.T) {
	r := Report{ByDay: []Day{{"2026-03-28", 4}, {"2026-03-29", 1}, {"2026-03-31", 2}, {"2026-11-20", 7}}}
	want := []render.Bar{
		{Label: "2026-03-28", Count: 4},
		{Label: "2026-03-29", Count: 1},
		{Label: "2026-03-30"},
		{Label: "2026-03-31", Count: 2},
		{Label: "...", Note: "no messages on 233 days"},
		{Label: "2026-11-20", Count: 7},
	}
	if diff := cmp.Diff(want, r.dayBars()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
