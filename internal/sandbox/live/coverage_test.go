package live_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/coverage"
	"github.com/roamctl/roamctl/internal/sandbox/live"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// TestCoverage does everything that the table of coverage names: what it says is
// emulated is accepted, the rest is refused.
func TestCoverage(t *testing.T) {
	w := newWorld(t, "")
	if _, err := w.box.Send(t.Context(), sandbox.Message{
		Type: "chatroom", From: "carol", To: "r", Time: time.Now(), Body: map[string]any{"type": "txt", "msg": "x"},
	}); err != nil {
		t.Fatal(err)
	}
	probes := deviceProbes(t, w)
	for _, row := range live.Coverage() {
		t.Run(row.What, func(t *testing.T) {
			probe := probes[row.What]
			if probe == nil {
				t.Fatal("the test does not do it")
			}
			check(t, "accepted", row.State == coverage.Emulated, probe())
		})
		delete(probes, row.What)
	}
	for what := range probes {
		t.Errorf("the table lacks %s", what)
	}
}

// deviceProbes returns what does each row, and reports whether the sandbox accepts it.
func deviceProbes(t *testing.T, w *world) map[string]func() bool {
	t.Helper()
	alice, bob := w.connect(t, "alice", "a"), w.connect(t, "bob", "b")
	user, _ := to("bob")
	group, room := wire.JID{Name: "g", Domain: wire.ConferenceDomain}, wire.JID{Name: "r", Domain: wire.ConferenceDomain}
	own, another, bobs := alice.send("bob", "one"), alice.send("bob", "two"), bob.send("alice", "three")
	upload := func(m wire.Meta) func() bool {
		return func() bool {
			alice.meta++
			m.ID = alice.meta
			return alice.sync(wire.Upload{Meta: &m}).Status.Code == wire.OK
		}
	}
	chat := func(to wire.JID, payload []byte) func() bool {
		return upload(wire.Meta{NS: wire.Chat, To: to, Payload: payload})
	}
	namespace := func(ns wire.NameSpace) func() bool { return upload(wire.Meta{NS: ns, To: user}) }
	frame := func(f wire.Frame, more ...byte) func() bool {
		return func() bool {
			d := w.connect(t, "carol", "c")
			if err := d.conn.Write(t.Context(), websocket.MessageBinary, append(wire.Marshal(f), more...)); err != nil {
				t.Fatal(err)
			}
			_, err := d.read()
			if errors.As(err, new(websocket.CloseError)) {
				return websocket.CloseStatus(err) == websocket.StatusNormalClosure
			}
			return err == nil
		}
	}
	some := wire.Meta{NS: wire.Chat, To: group, Payload: text(2, "x"), Directed: [][]byte{[]byte("bob")}}
	connected := wire.Meta{NS: wire.Chat, To: user, Payload: text(1, "x"), Route: 1}
	unread := wire.Frame{Command: wire.CommandUnread}
	return map[string]func() bool{
		"login (PROVISION)":          func() bool { return w.connect(t, "carol", "p") != nil },
		"unread queues (UNREAD)":     frame(unread),
		"download of a queue (SYNC)": func() bool { return len(bob.drain("alice")) > 0 },
		"notice of a queue (NOTICE)": func() bool {
			alice.send("bob", "four")
			bob.notice("alice")
			return true
		},
		"logout (LOGOUT)":                        frame(wire.Frame{Command: wire.CommandLogout}),
		"message to a user":                      chat(user, text(1, "x")),
		"message to a group":                     chat(group, text(2, "x")),
		"message to a room":                      chat(room, text(3, "x")),
		"read receipt (READ_ACK)":                chat(user, body(readAck, map[protowire.Number]uint64{acked: bobs})),
		"delivery receipt (DELIVER_ACK)":         chat(user, body(deliveryAck, map[protowire.Number]uint64{acked: bobs})),
		"conversation read (CHANNEL_ACK)":        chat(user, body(channelAck, nil)),
		"recall (RECALL)":                        chat(user, body(recallType, map[protowire.Number]uint64{acked: own})),
		"edit (EDIT)":                            chat(user, editOf(another, "edited", 1)),
		"keep-alive (STATISTIC)":                 upload(wire.Meta{NS: wire.Statistic}),
		"message for connected devices alone":    upload(connected),
		"message for some members of a group":    upload(some),
		"name space MUC, such as joining a room": namespace(2),
		"name space ROSTER":                      namespace(3),
		"name space CONFERENCE":                  namespace(4),
		"name space QUERY":                       namespace(6),
		"compressed frames":                      frame(unread, 4<<3, 1),
		"encrypted frames":                       frame(unread, 11<<3, 1),
	}
}

// TestResources: a user's token reads which devices of the user are connected.
func TestResources(t *testing.T) {
	w := newWorld(t, "")
	w.connect(t, "alice", "tablet")
	w.connect(t, "alice", "phone")
	w.connect(t, "bob", "b")
	var answer struct {
		Data []struct {
			Res string `json:"res"`
		} `json:"data"`
	}
	if err := json.Unmarshal(w.rest(t, "GET", "/users/alice/resources", "alice", ""), &answer); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range answer.Data {
		got = append(got, d.Res)
	}
	check(t, "devices", []string{"phone", "tablet"}, got)
}
