package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// TestRecallRoundTrip recalls messages of two users and of a group while three devices
// are connected: past the window only with --force, and gone on all sides.
func TestRecallRoundTrip(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a process")
	}
	s := startSandbox(t, "--ephemeral", "--seed", "none", "--recall-window", "1ms")
	send := func(args ...string) {
		s.run(t, "", append([]string{"sandbox", "send", "hello", "--from"}, args...)...)
	}
	send("alice", "--to", "bob")
	send("alice", "--group", "77")
	send("bob", "--group", "77")
	devices := map[string]*websocket.Conn{}
	for name, user := range map[string]string{"a1": "alice", "b1": "bob", "b2": "bob"} {
		token := strings.TrimSpace(s.run(t, "", "auth", "token", "--user", user).stdout)
		devices[name] = s.device(t, user, name, token)
	}
	send("alice", "--to", "bob")
	send("bob", "--to", "alice")
	send("bob", "--group", "77")
	history := func(user string, conversation ...string) []string {
		args := append([]string{"messages", "fetch", "-u", user, "--all", "-o", "ndjson", "--jq", ".id", "-c"}, conversation...)
		return strings.Fields(s.run(t, "", args...).stdout)
	}
	chat, group := history("alice", "bob"), history("alice", "77", "--type", "group")
	if len(chat) != 3 || len(group) != 3 {
		t.Fatalf("chat %v, group %v", chat, group)
	}

	recall := []string{"messages", "recall", "-u", "alice", "-c", "bob", "--since", "1h", "--yes", "-o", "json"}
	if code := s.exit(t, recall...); code != 6 {
		t.Errorf("past the window: exit %d, want 6", code)
	}
	if left := history("bob", "alice"); !slices.Equal(left, chat) {
		t.Errorf("bob has %v, want %v", left, chat)
	}
	verified := []string{"--force", "--jq", "[.state, .verification.peer, .accepted] | tostring"}
	want := `["done","peer_gone",3]` + "\n"
	if out := s.run(t, "", append(recall, verified...)...).stdout; out != want {
		t.Errorf("the chat: %s", out)
	}
	recallGroup := []string{"messages", "recall", "-u", "alice", "-c", "77", "--type", "group", "--since", "1h", "--yes", "-o", "json"}
	if out := s.run(t, "", append(recallGroup, verified...)...).stdout; out != want {
		t.Errorf("the group: %s", out)
	}
	for _, user := range []string{"alice", "bob"} {
		peer := map[string]string{"alice": "bob", "bob": "alice"}[user]
		if left := append(history(user, peer), history(user, "77", "--type", "group")...); len(left) > 0 {
			t.Errorf("%s still has %v", user, left)
		}
	}
	for name, conn := range devices {
		peer := map[string]string{"a1": "bob", "b1": "alice", "b2": "alice"}[name]
		for queue, ids := range map[wire.JID][]string{{Name: peer, Domain: wire.UserDomain}: chat, {Name: "77", Domain: wire.ConferenceDomain}: group} {
			if got := s.recalls(t, conn, queue); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(ids))) {
				t.Errorf("%s learned of the recall of %v on %s, want %v", name, got, queue.Name, ids)
			}
		}
	}
}

// recalls downloads a queue and returns the IDs of the recalled messages. Nothing else
// may be on it.
func (s *started) recalls(t *testing.T, conn *websocket.Conn, queue wire.JID) (ids []string) {
	t.Helper()
	queue.AppKey = s.appKey
	for key := uint64(0); ; {
		frame := wire.Frame{Command: wire.CommandSync, Payload: wire.Marshal(wire.Upload{Queue: &queue, Key: key})}
		if err := conn.Write(t.Context(), websocket.MessageBinary, wire.Marshal(frame)); err != nil {
			t.Fatal(err)
		}
		answer, err := next(t.Context(), conn, wire.CommandSync)
		if err != nil {
			t.Fatal(err)
		}
		down, err := wire.Unmarshal[wire.Download](answer.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if len(down.Metas) == 0 {
			return ids
		}
		key = down.NextKey
		for _, b := range down.Metas {
			meta, err := wire.Unmarshal[wire.Meta](b)
			if err != nil {
				t.Fatal(err)
			}
			kind, id := numberIn(t, meta.Payload, 1), numberIn(t, meta.Payload, 6)
			if kind != 6 {
				t.Errorf("a body of type %d is on the queue %s", kind, queue.Name)
			}
			ids = append(ids, strconv.FormatUint(id, 10))
		}
	}
}

// numberIn returns a number of a message, by its tag.
func numberIn(t *testing.T, b []byte, number protowire.Number) uint64 {
	t.Helper()
	for len(b) > 0 {
		got, kind, n := protowire.ConsumeTag(b)
		size := protowire.ConsumeFieldValue(got, kind, b[max(n, 0):])
		if n < 0 || size < 0 {
			t.Fatal(fmt.Errorf("malformed: %x", b))
		}
		if got == number {
			v, _ := protowire.ConsumeVarint(b[n:])
			return v
		}
		b = b[n+size:]
	}
	return 0
}
