package vendorclient

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const password = "correct horse"

// pair is alice and bob on one version of the client.
type pair struct {
	*durable
	whole      *testing.T // not a part: the devices live as long
	env        []string   // of every device
	alice, bob *device
	ids        []string // of alice's messages to bob
}

// TestActions goes through what clients do beyond sending: two versions, unmodified. Its
// parts build on each other.
func TestActions(t *testing.T) {
	need(t)
	for _, client := range []string{"easemob-websdk", "agora-chat"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			s := &pair{whole: t, durable: startDurable(t), env: []string{"VENDOR_CLIENT=" + client, "VENDOR_DELIVERY=1"}}
			for _, part := range []struct {
				name string
				run  func(*testing.T, *pair)
			}{
				{"registration and passwords", passwords},
				{"one profile twice", oneProfileTwice},
				{"delivered and read", receipts},
				{"recalled", recalled},
				{"edited", edited},
				{"too large", tooLarge},
				{"conversation deleted", olderRoute},
				{"the kicked device stayed away", stayedAway},
			} {
				if !t.Run(part.name, func(t *testing.T) { part.run(t, s) }) {
					return
				}
			}
		})
	}
}

// passwords: an administrator's account and one that the client registers.
func passwords(t *testing.T, s *pair) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, "sandbox", "users", "add", "alice", "--password-file", file)
	s.alice = s.device(s.whole, "alice's", "alice", "", s.env...)
	s.bob = s.device(s.whole, "bob's", "bob", "", s.env...)
	s.bob.must(t, nil, "registerUser", object{"username": "bob", "password": password})
	if err := s.bob.try(nil, "registerUser", object{"username": "bob", "password": "x"}); err == nil || !strings.Contains(err.Error(), "username be unique") {
		t.Errorf("a second registration: %v", err)
	}
	if err := s.bob.try(nil, "open", "wrong"); err == nil {
		t.Error("a wrong password opened a connection")
	}
	for _, d := range []*device{s.alice, s.bob} {
		d.must(t, nil, "open", password)
	}
}

// oneProfileTwice: two tabs of one browser are one device. The first is kicked.
func oneProfileTwice(t *testing.T, s *pair) {
	t.Helper()
	var profile json.RawMessage
	s.alice.must(t, &profile, "profile")
	second := s.device(s.whole, "alice's second tab", "alice", "", append(s.env, "VENDOR_PROFILE="+string(profile))...)
	second.must(t, nil, "open", password)
	s.alice.await(t, "onError", object{"type": 206.0})
	s.alice.await(t, "onDisconnected", nil)
	if err := s.alice.try(nil, "send", object{"type": "txt", "msg": "x", "chatType": "singleChat", "to": "bob"}); err == nil {
		t.Error("the kicked device can send")
	}
	s.alice = second
}

func toBob(text string) object {
	return object{"type": "txt", "msg": text, "chatType": "singleChat", "to": "bob"}
}

// unread returns how many of alice's messages bob has not read, as roamctl and the
// client say.
func (s *pair) unread(t *testing.T) int {
	t.Helper()
	all := s.ours(t, "bob")
	i := slices.IndexFunc(all, func(c conversation) bool { return c.ID == "alice" })
	if i < 0 {
		t.Fatalf("bob's list has no conversation with alice: %v", all)
	}
	if diff := cmp.Diff(all, s.vendor(t, "bob").byCursor(t, 50)); diff != "" {
		t.Errorf("bob's list (-roamctl +vendor):\n%s", diff)
	}
	return all[i].Unread
}

func receipts(t *testing.T, s *pair) {
	t.Helper()
	for _, text := range []string{"one", "two", "three"} {
		id := s.alice.send(t, toBob(text))
		s.ids = append(s.ids, id)
		s.bob.await(t, "onTextMessage", object{"id": id, "msg": text})
		s.alice.await(t, "onDeliveredMessage", object{"mid": id, "from": "bob"})
	}
	if n := s.unread(t); n != 3 {
		t.Errorf("%d are unread, want 3", n)
	}
	s.bob.must(t, nil, "send", object{"type": "read", "chatType": "singleChat", "to": "alice", "id": s.ids[1]})
	s.alice.await(t, "onReadMessage", object{"mid": s.ids[1], "from": "bob"})
	if n := s.unread(t); n != 1 {
		t.Errorf("%d are unread after a receipt of the second, want 1", n)
	}
	s.bob.must(t, nil, "send", object{"type": "channel", "chatType": "singleChat", "to": "alice"})
	s.alice.await(t, "onChannelMessage", object{"from": "bob"})
	if n := s.unread(t); n != 0 {
		t.Errorf("%d are unread after a receipt of the conversation, want 0", n)
	}
}

func recalled(t *testing.T, s *pair) {
	t.Helper()
	s.alice.must(t, nil, "recallMessage", object{"mid": s.ids[2], "to": "bob", "chatType": "singleChat"})
	s.bob.await(t, "onRecallMessage", object{"mid": s.ids[2], "from": "alice"})
	s.same(t, s.vendor(t, "alice"), withBob, newestFirst(s.ids[:2]))
	s.same(t, s.vendor(t, "bob"), talk{"alice", "singleChat", "chat"}, newestFirst(s.ids[:2]))
	if err := s.alice.try(nil, "recallMessage", object{"mid": s.ids[2], "to": "bob", "chatType": "singleChat"}); err == nil {
		t.Error("a message was recalled twice")
	}
}

func edited(t *testing.T, s *pair) {
	t.Helper()
	var done struct {
		ModifiedInfo struct {
			OperationCount int
			OperatorID     string `json:"operatorId"`
		}
	}
	s.alice.must(t, &done, "modify", s.ids[0], toBob("one, edited"))
	if done.ModifiedInfo.OperationCount != 1 || done.ModifiedInfo.OperatorID != "alice" {
		t.Errorf("the editor's client says %+v", done)
	}
	got := s.bob.await(t, "onModifiedMessage", object{"id": s.ids[0], "msg": "one, edited", "from": "alice", "chatType": "singleChat"})
	info, _ := got["modifiedInfo"].(map[string]any)
	if info["operationCount"] != 1.0 {
		t.Errorf("bob's client says %v", got)
	}
	if texts := s.history(t, "bob", talk{"alice", "singleChat", "chat"}); texts[len(texts)-1].Text != "one, edited" {
		t.Errorf("history has %v", texts)
	}
	for range 9 {
		s.alice.must(t, nil, "modify", s.ids[0], toBob("again"))
	}
	if err := s.alice.try(nil, "modify", s.ids[0], toBob("once more")); err == nil || !strings.Contains(err.Error(), "limit reached") {
		t.Errorf("an eleventh edit: %v", err)
	}
}

// tooLarge: the client knows the refusal, and the connection stays.
func tooLarge(t *testing.T, s *pair) {
	t.Helper()
	for _, size := range []int{6 << 10, 200 << 10} {
		err := s.alice.try(nil, "send", toBob(strings.Repeat("x", size)))
		if err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	s.ids = append(s.ids, s.alice.send(t, toBob("small")))
}

// olderRoute: the conversation goes by the route that clients had before /sdk.
func olderRoute(t *testing.T, s *pair) {
	t.Helper()
	s.bob.must(t, nil, "deleteConversation", object{"channel": "alice", "chatType": "singleChat", "deleteRoam": true})
	if left := s.ours(t, "bob"); len(left) > 0 {
		t.Errorf("bob's list has %v", left)
	}
	s.same(t, s.vendor(t, "bob"), talk{"alice", "singleChat", "chat"}, []string{})
	if n := len(s.history(t, "alice", withBob)); n != 3 {
		t.Errorf("alice has %d messages left, want 3", n)
	}
}

// stayedAway: each device logged in once, the kicked one too.
func stayedAway(t *testing.T, s *pair) {
	t.Helper()
	const last = "the last event"
	s.alice.send(t, toBob(last))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, roamctl, "sandbox", "watch", "--all", "-o", "ndjson") // ends with the test
	cmd.Env = s.sandbox.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logins := map[string]int{}
	for events := json.NewDecoder(out); ; {
		var e struct{ Kind, User, Detail string }
		if err := events.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e.Detail == last {
			break
		}
		if e.Kind == "login" {
			logins[e.User]++
		}
	}
	cancel()
	_ = cmd.Wait() // it was stopped
	if diff := cmp.Diff(map[string]int{"alice": 2, "bob": 1}, logins); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}
