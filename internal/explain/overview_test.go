package explain_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestIssues(t *testing.T) {
	single := func(id int) explain.Single {
		m := message(id)
		return explain.Single{ID: m.ID, Timestamp: m.Timestamp}
	}
	ends := func(oldest, newest int) explain.Ends {
		return explain.Ends{Oldest: single(oldest), Newest: single(newest)}
	}
	empty := explain.Ends{}
	for _, tt := range []struct {
		list  explain.ListState
		own   explain.Ends
		other explain.Ends
		want  string
	}{
		{explain.Listed, ends(1, 9), ends(1, 9), " "},
		{explain.Listed, ends(1, 8), ends(1, 9), "inferred alice lacks the newest messages that bob has"},
		{explain.Listed, ends(1, 9), ends(1, 8), "inferred bob lacks the newest messages that alice has"},
		{explain.Listed, ends(2, 9), ends(1, 9), "inferred alice lacks the oldest messages that bob has"},
		{explain.Listed, ends(1, 9), ends(3, 9), "inferred bob lacks the oldest messages that alice has"},
		{explain.NotListed, ends(1, 9), ends(1, 9), "seen has messages and is not on the list"},
		{explain.Hidden, empty, ends(1, 9), "inferred alice has no message left, and bob has"},
		{explain.Hidden, empty, empty, "seen hidden from the list"},
		{explain.NotListed, empty, empty, "unknown no message in any view"},
		{explain.Listed, ends(1, 9), empty, "inferred bob has no message left, and alice has"},
		{explain.Listed, ends(1, 9), explain.Ends{Err: errors.New("no such user")}, "unknown what bob sees cannot be read: no such user"},
		{explain.Listed, explain.Ends{Err: errors.New("refused")}, ends(1, 9), "seen cannot be read: refused"},
	} {
		r := explain.Row{User: "alice", Conversation: "bob", Type: roaming.Chat, List: tt.list}
		r.Explain(tt.own, &tt.other)
		if got := string(r.Certainty) + " " + r.Issue; !strings.HasPrefix(got, tt.want) || tt.want == " " && got != " " {
			t.Errorf("%+v: %q, want %q", tt, got, tt.want)
		}
	}
	r := explain.Row{User: "alice", Conversation: "g 1", Type: roaming.Group, List: explain.Listed}
	r.Explain(ends(1, 9), nil)
	if r.Issue != "" || r.More != "roamctl users explain alice 'g 1' --type group" {
		t.Errorf("%+v", r)
	}
}
