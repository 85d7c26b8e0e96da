package vendorclient

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// webBatch is how many IDs the client's own typings allow in a deletion
// (docs/contract.md, section 4).
const webBatch = 20

// same checks that the client and roamctl see exactly want of a conversation.
func (s *sandbox) same(t *testing.T, v *vendor, c talk, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, ids(v.history(t, c, "up", 50, nil))); diff != "" {
		t.Errorf("%s's %s (-want +vendor):\n%s", v.user, c.id, diff)
	}
	if diff := cmp.Diff(want, ids(s.history(t, v.user, c))); diff != "" {
		t.Errorf("%s's %s (-want +roamctl):\n%s", v.user, c.id, diff)
	}
}

func TestDeleteByID(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	for _, c := range []talk{withBob, inGroup, inRoom} {
		before := ids(s.history(t, "alice", c))
		doomed := before[3:min(3+webBatch, len(before)-2)]
		v.must(t, nil, "removeHistoryMessages", object{"targetId": c.id, "chatType": c.theirs, "messageIds": doomed})
		s.same(t, v, c, slices.Concat(before[:3], before[3+len(doomed):]))
	}
	bob := s.history(t, "bob", talk{"alice", "singleChat", "chat"})
	if len(bob) != texts+len(bodies()) {
		t.Errorf("bob has %d messages left, want all %d", len(bob), texts+len(bodies()))
	}
}

func TestDeleteByTime(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	for _, c := range []talk{withBob, inGroup, inRoom} {
		before := s.history(t, "alice", c)
		last := before[4].Time // goes too: up to and including
		v.must(t, nil, "removeHistoryMessages", object{"targetId": c.id, "chatType": c.theirs, "beforeTimeStamp": last})
		s.same(t, v, c, ids(before[:4]))
	}
}

// What roamctl deletes is gone for the client.
func TestDeletedByRoamctl(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	before := ids(s.history(t, "alice", withBob))
	args := []string{"messages", "delete", "--user", "alice", "--conversation", "bob", "--yes"}
	for _, id := range before[:60] { // two calls
		args = append(args, "--id", id)
	}
	s.run(t, args...)
	s.same(t, v, withBob, before[60:])
}

func TestDeleteConversation(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	for _, test := range []struct {
		talk talk
		roam bool
	}{{withBob, true}, {inGroup, false}} {
		before := ids(s.history(t, "alice", test.talk))
		v.must(t, nil, "deleteConversation", object{"channel": test.talk.id, "chatType": test.talk.theirs, "deleteRoam": test.roam})
		if test.roam {
			before = []string{}
		}
		s.same(t, v, test.talk, before)
		want := s.ours(t, "alice")
		if slices.ContainsFunc(want, func(c conversation) bool { return c.ID == test.talk.id }) {
			t.Errorf("%s is still on roamctl's list", test.talk.id)
		}
		if diff := cmp.Diff(want, v.byCursor(t, 50)); diff != "" {
			t.Errorf("(-roamctl +vendor):\n%s", diff)
		}
	}
	if bobs := s.ours(t, "bob"); !slices.ContainsFunc(bobs, func(c conversation) bool { return c.ID == "alice" }) {
		t.Error("bob lost the conversation that alice deleted")
	}
}

func TestClearEverything(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	v.must(t, nil, "deleteAllMessagesAndConversations")
	if left := s.ours(t, "alice"); len(left) > 0 {
		t.Errorf("roamctl still lists %v", left)
	}
	if left := v.byCursor(t, 50); len(left) > 0 {
		t.Errorf("the client still lists %v", left)
	}
	s.same(t, v, withBob, []string{})
	s.same(t, v, inGroup, []string{})
	s.same(t, v, inRoom, []string{})
	if bob := s.history(t, "bob", talk{"alice", "singleChat", "chat"}); len(bob) != texts+len(bodies()) {
		t.Errorf("bob has %d messages left, want all %d", len(bob), texts+len(bodies()))
	}
}
