package live_test

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

func check[T any](t *testing.T, what string, want, have T) {
	t.Helper()
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestMessagesReachConnectedDevices(t *testing.T) {
	w := newWorld(t, "")
	first, second, bob := w.connect(t, "alice", "a1"), w.connect(t, "alice", "a2"), w.connect(t, "bob", "b1")
	first.send("bob", "hi")
	first.send("g", "all")
	for _, d := range []*device{second, bob} {
		peer := map[*device]string{second: "bob", bob: "alice"}[d]
		d.notice(peer)
		check(t, d.resource, []got{{"alice", "bob", "hi"}}, d.drain(peer))
		d.notice("g")
		check(t, d.resource, []got{{"alice", "g", "all"}}, d.drain("g"))
		check(t, d.resource, map[string]int{}, d.unread())
	}
	check(t, "the sender's own device", nil, first.drain("bob"))
	check(t, "the sender's own device", map[string]int{}, first.unread())
	if len(first.notices) > 0 {
		t.Errorf("the sender's device was told of %v", first.notices)
	}
}

func TestOfflineDevicesGetMessagesLater(t *testing.T) {
	w := newWorld(t, t.TempDir())
	alice, bob := w.connect(t, "alice", "a1"), w.connect(t, "bob", "b1")
	_ = bob.conn.CloseNow()
	var want []got
	for i := range 120 {
		s := fmt.Sprint("message ", i)
		alice.send("bob", s)
		want = append(want, got{"alice", "bob", s})
	}
	bob = w.connect(t, "bob", "b1")
	check(t, "unread", map[string]int{"alice": 120}, bob.unread())
	check(t, "what waited", want, bob.drain("alice"))
	bob = w.connect(t, "bob", "b1")
	check(t, "a second time", nil, bob.drain("alice"))
	// A device that is new has nothing to get that another of bob's has got.
	other := w.connect(t, "bob", "b2")
	check(t, "a new device", nil, other.drain("alice"))
	alice.send("bob", "for both")
	check(t, "a new device", []got{{"alice", "bob", "for both"}}, other.drain("alice"))
	check(t, "the older device", []got{{"alice", "bob", "for both"}}, bob.drain("alice"))
}

// TestUnconfirmedMessagesAreSentAgain: what a connection took along with it comes
// again on the next, but never twice on one.
func TestUnconfirmedMessagesAreSentAgain(t *testing.T) {
	w := newWorld(t, "")
	alice, bob := w.connect(t, "alice", "a1"), w.connect(t, "bob", "b1")
	for i := range 60 {
		alice.send("bob", fmt.Sprint(i))
	}
	page1, key := bob.page("alice", 0)
	again, _ := bob.page("alice", 0)
	check(t, "pages of one connection", []int{50, 10}, []int{len(page1), len(again)})
	_ = bob.conn.CloseNow()

	bob = w.connect(t, "bob", "b1")
	check(t, "unconfirmed", 60, len(bob.drain("alice")[:60]))
	_ = bob.conn.CloseNow()

	bob = w.connect(t, "bob", "b1")
	rest, _ := bob.page("alice", key)
	check(t, "confirmed", 0, len(rest))
	rest, _ = bob.page("alice", 1<<60) // no device has this key: skipped
	check(t, "a strange key", 0, len(rest))
	alice.send("bob", "more")
	rest, _ = bob.page("alice", 0)
	check(t, "after a strange key", []got{{"alice", "bob", "more"}}, rest)
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, dir)
	alice, bob := w.connect(t, "alice", "a1"), w.connect(t, "bob", "b1")
	alice.send("bob", "one")
	check(t, "before", []got{{"alice", "bob", "one"}}, bob.drain("alice"))
	alice.send("bob", "two")
	w.close()
	if _, err := bob.read(); err == nil {
		if _, err = bob.read(); err == nil { // the notice of the second may come first
			t.Error("the connection outlived the sandbox")
		}
	}
	w = newWorld(t, dir)
	bob = w.connect(t, "bob", "b1")
	check(t, "after", []got{{"alice", "bob", "two"}}, bob.drain("alice"))
}

// TestSentAgain: a device that missed the answer sends the message again.
func TestSentAgain(t *testing.T) {
	w := newWorld(t, "")
	alice, bob := w.connect(t, "alice", "a1"), w.connect(t, "bob", "b1")
	id := alice.send("bob", "once")
	alice = w.connect(t, "alice", "a1")
	check(t, "its ID", id, alice.send("bob", "once"))
	check(t, "bob's", []got{{"alice", "bob", "once"}}, bob.drain("alice"))
	alice = w.connect(t, "alice", "a1")
	if alice.send("bob", "something else") == id {
		t.Error("another message of the same ID was taken for the first")
	}
}

// TestTimeOfAMessage: the sender gets the time that the other users see.
func TestTimeOfAMessage(t *testing.T) {
	var looked atomic.Int64
	w := newWorldAt(t, "", func() time.Time { // no two looks at the clock are alike
		return time.Now().Add(time.Duration(looked.Add(1)) * time.Millisecond)
	})
	alice, bob := w.connect(t, "alice", "a"), w.connect(t, "bob", "b")
	sent := alice.try("bob", "now")
	jid, _ := to("alice")
	metas := bob.sync(wire.Upload{Queue: &jid}).Metas
	if len(metas) != 1 {
		t.Fatalf("%d messages", len(metas))
	}
	seen, _ := protowire.ConsumeVarint(fields(t, metas[0])[4])
	check(t, "time", sent.Timestamp, int64(seen))
}

func TestGroupMessagesReachOnlyMembers(t *testing.T) {
	w := newWorld(t, "")
	alice, bob, carol := w.connect(t, "alice", "a"), w.connect(t, "bob", "b"), w.connect(t, "carol", "c")
	alice.send("g", "members")
	bob.notice("g")
	check(t, "a stranger's queue", nil, carol.drain("g"))
	check(t, "a stranger's unread", map[string]int{}, carol.unread())
	if down := carol.try("g", "let me in"); down.Status != (wire.Status{Code: wire.Fail, Reason: "not in group or chatroom"}) {
		t.Errorf("a stranger wrote to the group: %+v", down)
	}
	if down := alice.try("nobody", "?"); down.Status != (wire.Status{Code: wire.Fail, Reason: "username nobody doesn't exist!"}) {
		t.Errorf("a message to nobody: %+v", down)
	}
}

func TestDeletedMessagesDoNotArrive(t *testing.T) {
	w := newWorld(t, "")
	alice := w.connect(t, "alice", "a")
	id := alice.send("bob", "never mind")
	alice.send("bob", "hello")
	w.rest(t, "DELETE", fmt.Sprintf("/rest/message/roaming/chat/user/bob?userId=alice&msgIdList=%d", id), "", "")
	check(t, "bob's", []got{{"alice", "bob", "hello"}}, w.connect(t, "bob", "b").drain("alice"))
}

func TestConnectedDevices(t *testing.T) {
	w := newWorld(t, "")
	c, err := w.box.Admin()
	if err != nil {
		t.Fatal(err)
	}
	names := func() []string {
		devices, err := c.Devices(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		set := map[string]bool{}
		for _, d := range devices {
			set[d.User+"/"+d.Device] = true
		}
		return slices.Sorted(maps.Keys(set))
	}
	alice := w.connect(t, "alice", "a1")
	w.connect(t, "alice", "a2")
	bob := w.connect(t, "bob", "b1")
	check(t, "connected", []string{"alice/a1", "alice/a2", "bob/b1"}, names())

	// The same device again takes the place of its older connection, which is told so
	// first: a SYNC with a Meta of ns STATISTIC and operation 2 (docs/contract.md,
	// section 13).
	w.connect(t, "alice", "a1")
	f, err := alice.read()
	if err != nil {
		t.Fatal(err)
	}
	check(t, "command", wire.CommandSync, f.Command)
	meta := fields(t, fields(t, f.Payload)[4])
	check(t, "name space and payload", [][]byte{{0}, {1 << 3, 2}}, [][]byte{meta[5], meta[6]})
	if _, err := alice.read(); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("the older connection ends with %v", err)
	}
	bob.write(wire.CommandLogout, nil)
	if _, err := bob.read(); err == nil {
		t.Error("a logout did not end the connection")
	}
	check(t, "after a logout", []string{"alice/a1", "alice/a2"}, names())
}

// TestAnotherProcess: what a command does on the same data folder reaches the
// devices of a started sandbox.
func TestAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, dir)
	alice := w.connect(t, "alice", "a1")
	other, err := sandbox.Open(t.Context(), sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if _, err := other.SendText(t.Context(), "bob", "alice", "chat", "from elsewhere"); err != nil {
		t.Fatal(err)
	}
	alice.notice("bob")
	check(t, "alice's", []got{{"bob", "alice", "from elsewhere"}}, alice.drain("bob"))
}
