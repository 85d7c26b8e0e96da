package explain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestReasons(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	at := roaming.Time{Time: now.AddDate(0, 0, -5)}
	no := false
	view := func(user string, messages, only int) explain.View {
		v := explain.View{User: user, List: explain.Listed, Messages: messages, Only: only}
		if messages > 0 {
			v.Oldest, v.Newest = at, at
		}
		return v
	}
	with := func(v explain.View, change func(*explain.View)) explain.View {
		change(&v)
		return v
	}
	deletion := explain.Deletion{Time: at, User: "alice", Conversation: "bob", Command: "messages delete", Messages: 3, Outcome: "done", Operator: "op", RunID: "r1"}
	for name, tt := range map[string]struct {
		facts explain.Facts
		want  []string // each is a certainty and a part of the text
	}{
		"deleted by a client": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 5, 3)}},
			[]string{"inferred alice lacks 3 messages that bob has: deleted one-way, by alice on a device", "unknown what both views no longer have"},
		},
		"deleted by a command": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 5, 3)}, Deletions: []explain.Deletion{deletion}},
			[]string{"seen messages delete took 3 messages from alice's chat with bob on 2026-11-25 00:00 UTC, by op (done)", "inferred alice lacks 3 messages that bob has: the deletions above took as many or more"},
		},
		"deleted by both ways": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 9, 7)}, Deletions: []explain.Deletion{deletion}},
			[]string{"inferred alice lacks 7 messages that bob has: deleted one-way, 3 of them at most by the deletions above, the others by alice"},
		},
		"recalled by a command": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 2, 0)}, Common: 2, Deletions: []explain.Deletion{{Time: at, User: "bob", Conversation: "alice", Command: "messages recall", Messages: 1, RunID: "r2"}}},
			[]string{"seen messages recall took 1 message from bob's chat with alice, for everyone", "seen neither view lacks a message"},
		},
		"hidden": {
			explain.Facts{Views: []explain.View{with(view("alice", 0, 0), func(v *explain.View) { v.List = explain.Hidden }), view("bob", 2, 2)}},
			[]string{"seen the conversation is hidden from the list of alice"},
		},
		"a full list": {
			explain.Facts{Views: []explain.View{with(view("alice", 2, 0), func(v *explain.View) { v.List, v.ListSize = explain.NotListed, 100 }), view("bob", 2, 0)}},
			[]string{"inferred the conversation has 2 messages and is not on the list of alice; that list has 100 conversations"},
		},
		"off the list": {
			explain.Facts{Views: []explain.View{with(view("alice", 2, 0), func(v *explain.View) { v.List = explain.NotListed }), view("bob", 2, 0)}},
			[]string{"inferred the conversation has 2 messages and is not on the list of alice; it was deleted there without its messages"},
		},
		"a closed feature": {
			explain.Facts{Views: []explain.View{with(view("alice", 0, 0), func(v *explain.View) { v.Error = "not open" }), view("bob", 2, 0)}},
			[]string{"seen what alice sees could not be read: not open"},
		},
		"not a member": {
			explain.Facts{Type: roaming.Group, Conversation: "g1", Group: &explain.Group{Member: &no, Members: 4}, Views: []explain.View{view("alice", 0, 0), view("bob", 2, 2)}},
			[]string{"seen alice is not a member of group g1, which has 4 members", "sent before alice joined"},
		},
		"directed": {
			explain.Facts{Type: roaming.Group, Conversation: "g1", Views: []explain.View{view("alice", 1, 0), with(view("bob", 2, 1), func(v *explain.View) { v.Directed = 1 })}},
			[]string{"seen sent to some members only, and not to alice: 1 message that bob has"},
		},
		"expired": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 2, 0)}, Archive: &explain.Archive{Messages: 9, Expired: 3, Older: 4}},
			[]string{"seen expired on the service: 3 messages of the archive that alice saw", "inferred the archive has 4 messages from before the oldest one"},
		},
		"gone": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 2, 0)}, Archive: &explain.Archive{Messages: 9, Gone: 3, GoneForBoth: 1, GoneFirst: at, GoneLast: at}},
			[]string{"seen gone from the view of alice, which saw it before: 2 messages of the archive; a sync noticed it first on 2026-11-25", "inferred gone from both views: 1 message of the archive"},
		},
		"a deletion of nothing": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 2, 0)}, Deletions: []explain.Deletion{{Time: at, User: "alice", Conversation: "bob", Command: "messages delete", Outcome: "done", RunID: "r3"}}},
			[]string{"seen messages delete ran for alice's chat with bob and counted no deleted message on 2026-11-25"},
		},
		"off the list, perhaps": {
			explain.Facts{
				Views:     []explain.View{with(view("alice", 2, 0), func(v *explain.View) { v.List = explain.NotListed }), view("bob", 2, 0)},
				Deletions: []explain.Deletion{{Time: at, User: "alice", Conversation: "bob", Command: "conversations delete", Outcome: "interrupted", RunID: "r4"}},
			},
			[]string{"seen conversations delete ran for alice's chat with bob", "inferred the conversation has 2 messages and is not on the list of alice"},
		},
		"a time without messages": {
			explain.Facts{Since: at, Views: []explain.View{with(view("alice", 0, 0), func(v *explain.View) { v.List = explain.NotListed }), view("bob", 0, 0)}},
			[]string{"seen the conversation is not on the list of alice; of its messages, none could be read in the time"},
		},
		"unreadable where the other has one more": {
			explain.Facts{Views: []explain.View{with(view("alice", 2, 0), func(v *explain.View) { v.Unreadable = 1 }), view("bob", 3, 1)}},
			[]string{"unknown whether alice lacks 1 message that bob has: in the history of alice, 1 item could not be compared"},
		},
		"without IDs": {
			explain.Facts{Common: 2, Views: []explain.View{view("alice", 2, 0), with(view("bob", 3, 0), func(v *explain.View) { v.WithoutID = 1 })}},
			[]string{"unknown whether a view lacks a message that the other has: both have 2 messages, and 1 other item"},
		},
		"not seen by a sync": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 2, 0)}, Archive: &explain.Archive{Messages: 3, Unseen: 1}},
			[]string{"inferred the archive has 1 message that the history of alice did not have when a sync read it"},
		},
		"an archive that can't be read": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 2, 0)}, ArchiveError: "it is damaged"},
			[]string{"unknown what the archive has of the conversation: it could not be read: it is damaged"},
		},
		"an archive without the conversation": {
			explain.Facts{Views: []explain.View{view("alice", 2, 0), view("bob", 2, 0)}, Archive: &explain.Archive{}},
			[]string{"unknown what both views no longer have: the archive has no message of the conversation"},
		},
		"nothing": {
			explain.Facts{Views: []explain.View{view("alice", 0, 0), view("bob", 0, 0)}},
			[]string{"inferred no view that was read has a message"},
		},
	} {
		f := tt.facts
		f.User = "alice"
		if f.Type == "" {
			f.Type, f.Conversation = roaming.Chat, "bob"
		}
		f.Complete(now)
		var all strings.Builder
		for _, r := range f.Reasons {
			all.WriteString(string(r.Certainty) + " " + r.Reason + "\n")
		}
		for _, want := range tt.want {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s: no %q in\n%s", name, want, &all)
			}
		}
	}
}

func TestWord(t *testing.T) {
	for in, want := range map[string]string{"bob": "bob", "25000": "25000", "a b": "'a b'", "$(x)": "'$(x)'", "it's": `'it'\''s'`, "": "''"} {
		if got := explain.Word(in); got != want {
			t.Errorf("Word(%q) = %s, want %s", in, got, want)
		}
	}
}
