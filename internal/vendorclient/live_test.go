package vendorclient

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// team is the cast of TestLive: two devices of alice, one of bob, one group.
type team struct {
	*durable
	alice1, alice2, bob *device
	sent                map[string][]string // message IDs by conversation, oldest first
}

const teamGroup = "240000000000001"

// TestLive goes through a day of connected devices; its parts build on each
// other.
func TestLive(t *testing.T) {
	need(t)
	d := startDurable(t)
	for _, user := range []string{"alice", "bob"} { // who writes to a group is in it
		d.run(t, "sandbox", "send", "--from", user, "--group", teamGroup, "hello from "+user)
	}
	s := &team{durable: d, sent: map[string][]string{}}
	s.alice1 = s.connect(t, "alice's first", "alice")
	s.alice2 = s.connect(t, "alice's second", "alice")
	s.bob = s.connect(t, "bob's", "bob")
	for _, part := range []struct {
		name string
		run  func(*testing.T, *team)
	}{
		{"what waited", waited},
		{"messages", exchange},
		{"lists", bothLists},
		{"deleted by an administrator", administratorDeletes},
		{"deleted by a client", clientDeletes},
		{"conversation deleted", conversationDeleted},
		{"pinned and marked", pinnedAndMarked},
		{"devices", connectedDevices},
		{"wrong token", wrongToken},
		{"killed and restarted", killed},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.run(t, s) }) {
			return
		}
	}
}

// waited: what was said in the group before anybody was connected. Bob was not
// in it yet when alice wrote.
func waited(t *testing.T, s *team) {
	t.Helper()
	s.alice1.await(t, "onTextMessage", object{"msg": "hello from bob", "to": teamGroup, "chatType": "groupChat"})
	s.bob.await(t, "onTextMessage", object{"msg": "hello from bob", "from": "bob", "to": teamGroup})
}

func exchange(t *testing.T, s *team) {
	t.Helper()
	for to, chatType := range map[string]string{"bob": "singleChat", teamGroup: "groupChat"} {
		for _, m := range []object{
			{"type": "txt", "msg": "你好 👋", "ext": object{"n": 1}},
			{"type": "custom", "customEvent": "gift", "customExts": object{"name": "rose"}},
			{"type": "loc", "addr": "北京", "buildingName": "b", "lat": 39.9042, "lng": 116.4074},
		} {
			m["chatType"], m["to"] = chatType, to
			s.sent[to] = append(s.sent[to], s.alice1.send(t, m))
		}
		ids := s.sent[to]
		for _, d := range []*device{s.bob, s.alice2} {
			seen := d.await(t, "onTextMessage", object{"id": ids[0], "msg": "你好 👋", "from": "alice", "to": to, "chatType": chatType})
			if diff := cmp.Diff(object{"n": 1.0}, seen["ext"]); diff != "" {
				t.Errorf("%s: ext (-sent +got):\n%s", d.name, diff)
			}
			d.await(t, "onCustomMessage", object{"id": ids[1], "customEvent": "gift"})
			d.await(t, "onLocationMessage", object{"id": ids[2], "lat": 39.9042, "addr": "北京"})
		}
	}
}

// bothLists: alice's and bob's lists show what was sent, to the client and to
// roamctl, and so does their history.
func bothLists(t *testing.T, s *team) {
	t.Helper()
	for user, peer := range map[string]string{"alice": "bob", "bob": "alice"} {
		v := s.vendor(t, user)
		ours := s.ours(t, user)
		if diff := cmp.Diff(ours, v.byCursor(t, 50)); diff != "" {
			t.Errorf("%s's list (-roamctl +vendor):\n%s", user, diff)
		}
		unread := map[string]int{}
		for _, c := range ours {
			unread[c.ID] = c.Unread
		}
		want := map[string]int{peer: 0, teamGroup: 1} // of the group, what bob said first
		if user == "bob" {
			want = map[string]int{peer: 3, teamGroup: 3}
		}
		if diff := cmp.Diff(want, unread); diff != "" {
			t.Errorf("%s's unread counts (-want +got):\n%s", user, diff)
		}
		s.same(t, v, talk{peer, "singleChat", "chat"}, newestFirst(s.sent["bob"]))
	}
}

func newestFirst(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

// barrier waits until bob's device has everything that came before.
func barrier(t *testing.T, s *team, text string) {
	t.Helper()
	s.run(t, "sandbox", "send", "--from", "carol", "--to", "bob", text)
	s.bob.await(t, "onTextMessage", object{"msg": text, "from": "carol"})
}

func administratorDeletes(t *testing.T, s *team) {
	t.Helper()
	ids := s.sent["bob"]
	s.run(t, "messages", "delete", "--user", "alice", "--conversation", "bob", "--yes", "--id", ids[0], "--id", ids[1])
	for _, d := range []*device{s.alice1, s.alice2} {
		d.await(t, "onMultiDeviceEvent", object{"operation": "deleteRoaming", "conversationId": "bob", "chatType": "singleChat"})
	}
	barrier(t, s, "after the deletion")
	if s.bob.notified("deleteRoaming") {
		t.Error("bob heard of what alice alone lost")
	}
	s.same(t, s.vendor(t, "alice"), withBob, ids[2:])
	s.same(t, s.vendor(t, "bob"), talk{"alice", "singleChat", "chat"}, newestFirst(ids))
}

func clientDeletes(t *testing.T, s *team) {
	t.Helper()
	var own string
	s.alice1.must(t, &own, "resource")
	s.alice1.must(t, nil, "removeHistoryMessages",
		object{"targetId": teamGroup, "chatType": "groupChat", "messageIds": s.sent[teamGroup][:1]})
	s.alice2.await(t, "onMultiDeviceEvent", object{"operation": "deleteRoaming", "conversationId": teamGroup, "chatType": "groupChat", "resource": own})
	// What comes after it on the first device shows that nothing came before.
	before := len(s.alice1.log)
	id := s.alice2.send(t, object{"type": "txt", "msg": "to the group", "chatType": "groupChat", "to": teamGroup})
	s.sent[teamGroup] = append(s.sent[teamGroup], id)
	s.alice1.await(t, "onTextMessage", object{"id": id})
	for _, e := range s.alice1.log[before:] {
		if e.Event == "onMultiDeviceEvent" {
			t.Errorf("the device that deleted heard %v", e.Data)
		}
	}
}

func conversationDeleted(t *testing.T, s *team) {
	t.Helper()
	s.run(t, "conversations", "delete", "--user", "alice", "--keep-messages", "--yes", "bob")
	for _, d := range []*device{s.alice1, s.alice2} {
		d.await(t, "onMultiDeviceEvent", object{"operation": "deleteConversation", "conversationId": "bob", "conversationType": "singleChat"})
	}
	barrier(t, s, "after the conversation")
	if s.bob.notified("deleteConversation") {
		t.Error("bob heard of a conversation that alice alone lost")
	}
	// The next message brings it back.
	s.alice1.send(t, object{"type": "txt", "msg": "again", "chatType": "singleChat", "to": "bob"})
	if list := s.ours(t, "alice"); !slices.ContainsFunc(list, func(c conversation) bool { return c.ID == "bob" }) {
		t.Error("a message did not bring the conversation back")
	}
}

func pinnedAndMarked(t *testing.T, s *team) {
	t.Helper()
	where := object{"conversationId": "bob", "conversationType": "singleChat"}
	s.alice1.must(t, nil, "pinConversation", object{"conversationId": "bob", "conversationType": "singleChat", "isPinned": true})
	s.alice2.await(t, "onMultiDeviceEvent", object{"operation": "pinnedConversation", "conversationId": "bob"})
	s.alice1.must(t, nil, "pinConversation", object{"conversationId": "bob", "conversationType": "singleChat", "isPinned": false})
	s.alice2.await(t, "onMultiDeviceEvent", object{"operation": "unpinnedConversation", "conversationId": "bob"})
	s.alice1.must(t, nil, "addConversationMark", object{"conversations": []object{where}, "mark": 3})
	s.alice2.await(t, "onMultiDeviceEvent", object{"operation": "markConversation", "conversationId": "bob", "conversationMark": 3.0})
}

func connectedDevices(t *testing.T, s *team) {
	t.Helper()
	users := map[string]int{}
	for _, d := range list[struct{ User, Device string }](t, s.sandbox, "sandbox", "devices") {
		users[d.User]++
	}
	if diff := cmp.Diff(map[string]int{"alice": 2, "bob": 1}, users); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
}

func wrongToken(t *testing.T, s *team) {
	t.Helper()
	for name, token := range map[string]string{"another's": s.token(t, "bob"), "no": "nonsense"} {
		err := s.device(t, name+" token", "alice", token).try(nil, "open")
		if err == nil || !strings.Contains(err.Error(), "Auth failed") {
			t.Errorf("%s token: %v, want a refusal", name, err)
		}
	}
}

// killed: nothing is lost with the process, what waits for bob, who is away
// meanwhile, least of all.
func killed(t *testing.T, s *team) {
	t.Helper()
	barrier(t, s, "before the kill")
	s.bob.must(t, nil, "close")
	waiting := s.alice1.send(t, object{"type": "txt", "msg": "while you are away", "chatType": "singleChat", "to": "bob"})
	before := s.history(t, "bob", talk{"alice", "singleChat", "chat"})
	s.restart(t)
	if diff := cmp.Diff(before, s.history(t, "bob", talk{"alice", "singleChat", "chat"})); diff != "" {
		t.Errorf("after the kill (-before +after):\n%s", diff)
	}
	for _, d := range []*device{s.alice1, s.alice2} {
		d.await(t, "onConnected", nil) // of their own accord
	}
	seen := len(s.bob.log)
	s.bob.must(t, nil, "open")
	s.bob.await(t, "onTextMessage", object{"id": waiting, "msg": "while you are away"})
	id := s.alice1.send(t, object{"type": "txt", "msg": "still here", "chatType": "singleChat", "to": "bob"})
	s.bob.await(t, "onTextMessage", object{"id": id})
	var handed []any
	for _, e := range s.bob.log[seen:] {
		if e.Event == "onTextMessage" {
			handed = append(handed, e.Data["id"])
		}
	}
	if diff := cmp.Diff([]any{waiting, id}, handed); diff != "" {
		t.Errorf("what bob was handed after the kill (-want +got):\n%s", diff)
	}
}
