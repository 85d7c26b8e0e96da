package live_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// The numbers of a MessageBody (docs/contract.md, section 12), not the sandbox's own.
const (
	readAck, deliveryAck, recallType, channelAck, editType = 4, 5, 6, 7, 8

	bodyType, bodyExt, acked, metaJSON, edited, scope, sendToPeer, ackedIDs, clearAll = 1, 5, 6, 9, 11, 12, 16, 17, 18
)

// body encodes a MessageBody of numbers, and what follows.
func body(kind uint64, numbers map[protowire.Number]uint64, more ...byte) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, bodyType, protowire.VarintType), kind)
	for n, v := range numbers {
		b = protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
	}
	return append(b, more...)
}

// act uploads a body about other messages.
func (d *device) act(name string, payload []byte) wire.Download {
	d.t.Helper()
	d.meta++
	jid, _ := to(name)
	return d.sync(wire.Upload{Meta: &wire.Meta{ID: d.meta, NS: wire.Chat, To: jid, Payload: payload}})
}

// action is a received body about another message.
type action struct {
	From, To string
	Type     uint64
	About    uint64
}

// actions reads a queue and returns what is about other messages.
func (d *device) actions(name string) (list []action) {
	d.t.Helper()
	jid, _ := to(name)
	for key := uint64(0); ; {
		down := d.sync(wire.Upload{Queue: &jid, Key: key})
		if len(down.Metas) == 0 {
			return list
		}
		key = down.NextKey
		for _, m := range down.Metas {
			meta := fields(d.t, m)
			b := fields(d.t, meta[6])
			a := action{From: string(fields(d.t, b[2])[2]), To: string(fields(d.t, b[3])[2])}
			a.Type, _ = protowire.ConsumeVarint(b[bodyType])
			for _, n := range []protowire.Number{acked, edited, ackedIDs} {
				if v, _ := protowire.ConsumeVarint(b[n]); v != 0 {
					a.About = v
				}
			}
			list = append(list, a)
		}
	}
}

// unreadOf returns the unread counts of a user's conversation list.
func (w *world) unreadOf(t *testing.T, user string) map[string]int {
	t.Helper()
	var answer struct {
		Data struct {
			List []struct {
				To     string `json:"session_to"`
				Unread int    `json:"unread_num"`
			} `json:"channel_infos"`
		}
	}
	if err := json.Unmarshal(w.rest(t, "GET", "/sdk/user/"+user+"/user_channels/list?limit=50", user, ""), &answer); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, c := range answer.Data.List {
		counts[c.To] = c.Unread
	}
	return counts
}

// TestReceipts: a receipt about messages reaches all devices of their sender and
// nobody else; one about a conversation also the user's own other devices.
func TestReceipts(t *testing.T) {
	w := newWorld(t, "")
	a1, a2, b1, b2 := w.connect(t, "alice", "a1"), w.connect(t, "alice", "a2"), w.connect(t, "bob", "b1"), w.connect(t, "bob", "b2")
	var ids []uint64
	for i := range 3 {
		ids = append(ids, a1.send("bob", fmt.Sprint(i)))
	}
	inGroup := a1.send("g", "all")
	for _, d := range []*device{b1, b2} {
		d.drain("alice")
		d.drain("g")
	}
	a2.drain("bob")
	a2.drain("g")
	for _, test := range []struct {
		name, to   string
		body       []byte
		alice, bob []action // what their devices get
		unread     map[string]int
	}{
		{
			"delivered", "alice", body(deliveryAck, map[protowire.Number]uint64{acked: ids[0]}),
			[]action{{"bob", "alice", deliveryAck, ids[0]}},
			nil,
			map[string]int{"alice": 3, "g": 1},
		},
		{
			"the second is read", "alice", body(readAck, map[protowire.Number]uint64{acked: ids[1]}),
			[]action{{"bob", "alice", readAck, ids[1]}},
			nil,
			map[string]int{"alice": 1, "g": 1},
		},
		{
			"the first is read", "alice", body(readAck, map[protowire.Number]uint64{ackedIDs: ids[0]}),
			[]action{{"bob", "alice", readAck, ids[0]}},
			nil,
			map[string]int{"alice": 1, "g": 1},
		},
		{
			"read in the group", "g", body(readAck, map[protowire.Number]uint64{acked: inGroup}),
			[]action{{"bob", "g", readAck, inGroup}},
			nil,
			map[string]int{"alice": 1, "g": 0},
		},
		{
			"an unknown message is delivered", "alice", body(deliveryAck, map[protowire.Number]uint64{acked: 12345}),
			nil, nil,
			map[string]int{"alice": 1, "g": 0},
		},
		{
			"the conversation is read, quietly", "alice", body(channelAck, map[protowire.Number]uint64{sendToPeer: 0}),
			nil,
			[]action{{"bob", "alice", channelAck, 0}},
			map[string]int{"alice": 0, "g": 0},
		},
		{
			"the conversation is read", "alice", body(channelAck, nil),
			[]action{{"bob", "alice", channelAck, 0}},
			[]action{{"bob", "alice", channelAck, 0}},
			map[string]int{"alice": 0, "g": 0},
		},
		{
			"the group is read", "g", body(channelAck, nil),
			nil,
			[]action{{"bob", "g", channelAck, 0}},
			map[string]int{"alice": 0, "g": 0},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			down := b1.act(test.to, test.body)
			if down.Status.Code != wire.OK || down.ServerID == 0 {
				t.Fatalf("%+v", down)
			}
			queue := map[string]string{"alice": "bob", "g": "g"}[test.to]
			for _, d := range []*device{a1, a2} {
				if test.alice != nil {
					d.notice(queue)
				}
				check(t, d.resource, test.alice, d.actions(queue))
			}
			check(t, "b2", test.bob, b2.actions(test.to))
			check(t, "b1", nil, b1.actions(test.to))
			check(t, "bob's unread", test.unread, w.unreadOf(t, "bob"))
		})
	}
	a1.send("bob", "more")
	a1.send("g", "more")
	check(t, "bob's unread", map[string]int{"alice": 1, "g": 1}, w.unreadOf(t, "bob"))
	down := b1.act("bob", body(channelAck, map[protowire.Number]uint64{clearAll: 1}))
	check(t, "all is read", wire.OK, down.Status.Code)
	check(t, "bob's unread", map[string]int{"alice": 0, "g": 0}, w.unreadOf(t, "bob"))
	check(t, "alice's unread", map[string]int{"bob": 0, "g": 0}, w.unreadOf(t, "alice"))

	many := body(readAck, nil)
	for range 2000 {
		many = append(many, body(0, map[protowire.Number]uint64{ackedIDs: 1})[2:]...)
	}
	check(t, "too many", wire.WrongParameter, b1.act("alice", many).Status.Code)
	check(t, "a stranger", wire.Fail, b1.act("carol", body(channelAck, nil)).Status.Code)
	check(t, "an unknown group", wire.Fail, w.connect(t, "carol", "c").act("g", body(channelAck, nil)).Status.Code)
}

// TestReceiptSentAgain: a device that missed the answer sends the receipt again.
func TestReceiptSentAgain(t *testing.T) {
	w := newWorld(t, "")
	alice, bob := w.connect(t, "alice", "a"), w.connect(t, "bob", "b")
	id := alice.send("bob", "hello")
	ack := body(deliveryAck, map[protowire.Number]uint64{acked: id})
	first := bob.act("alice", ack)
	bob.meta--
	check(t, "the same receipt", first.ServerID, bob.act("alice", ack).ServerID)
	check(t, "alice's", 1, len(alice.actions("bob")))
}

// TestRecallByADevice: the sender's device recalls a message, within the window.
func TestRecallByADevice(t *testing.T) {
	now := time.Now()
	w := newWorldAt(t, "", func() time.Time { return now })
	a1, a2, bob := w.connect(t, "alice", "a1"), w.connect(t, "alice", "a2"), w.connect(t, "bob", "b")
	for _, name := range []string{"bob", "g"} {
		queue := map[string]string{"bob": "alice", "g": "g"}[name]
		id := a1.send(name, "oops")
		bob.drain(queue)
		a2.drain(name)
		request := body(recallType, map[protowire.Number]uint64{acked: id})
		check(t, "by somebody else", wire.Status{Code: wire.Fail, Reason: "not_found msg"}, bob.act(queue, request).Status)
		check(t, "the answer", wire.OK, a1.act(name, request).Status.Code)
		want := []action{{"alice", name, recallType, id}}
		check(t, "bob's device", want, bob.actions(queue))
		check(t, "the other device", want, a2.actions(name))
		check(t, "the own device", nil, a1.actions(name))
		check(t, "a second time", "not_found msg", a1.act(name, request).Status.Reason)
	}
	id := a1.send("bob", "too late")
	now = now.Add(time.Hour)
	check(t, "late", wire.Status{Code: wire.Fail, Reason: "exceed recall time limit"},
		a1.act("bob", body(recallType, map[protowire.Number]uint64{acked: id})).Status)
}

// editOf is the edit of a message into a text, with the extension {"n":1}.
func editOf(id uint64, s string, editScope uint64) []byte {
	kind, b := protowire.Number(bodyType), []byte{}
	for content := text(1, s); len(content) > 0; {
		n, typ, size := protowire.ConsumeTag(content)
		size += protowire.ConsumeFieldValue(n, typ, content[size:])
		if n != kind {
			b = append(b, content[:size]...)
		}
		content = content[size:]
	}
	return body(editType, map[protowire.Number]uint64{edited: id, scope: editScope}, b...)
}

// TestEdit: an edit reaches all devices but the editor's, and history has the text.
func TestEdit(t *testing.T) {
	w := newWorld(t, "")
	a1, a2, bob := w.connect(t, "alice", "a1"), w.connect(t, "alice", "a2"), w.connect(t, "bob", "b")
	id := a1.send("bob", "first")
	bob.drain("alice")
	a2.drain("bob")
	down := a1.act("bob", editOf(id, "second", 1))
	check(t, "the answer", wire.OK, down.Status.Code)
	if len(down.Metas) != 1 {
		t.Fatalf("the answer has %d metas, want the notice", len(down.Metas))
	}
	var notice struct {
		Edit map[string]any `json:"edit_msg"`
	}
	if err := json.Unmarshal(fields(t, down.Metas[0])[6], &notice); err != nil {
		t.Fatal(err)
	}
	if notice.Edit["count"] != 1.0 || notice.Edit["operator"] != "alice" || notice.Edit["edit_time"] == nil || notice.Edit["chat_type"] != "chat:user" {
		t.Errorf("notice: %v", notice.Edit)
	}
	jid, _ := to("alice")
	got := bob.sync(wire.Upload{Queue: &jid})
	if len(got.Metas) != 1 {
		t.Fatalf("bob gets %d metas", len(got.Metas))
	}
	b := fields(t, fields(t, got.Metas[0])[6])
	check(t, "the edited text", "second", string(fields(t, b[4])[2]))
	if !strings.Contains(string(b[metaJSON]), `"edit_msg":{"count":1,`) {
		t.Errorf("meta: %s", b[metaJSON])
	}
	check(t, "the other device", []action{{"alice", "bob", editType, id}}, a2.actions("bob"))
	check(t, "the own device", nil, a1.actions("bob"))
	check(t, "history", []string{"second"}, w.history(t, "bob", "alice"))
	for i := 2; i <= 10; i++ {
		check(t, fmt.Sprint("edit ", i), wire.OK, a1.act("bob", editOf(id, fmt.Sprint("edit ", i), 2)).Status.Code)
	}
	check(t, "history", []string{"edit 10"}, w.history(t, "bob", "alice"))
	for reason, payload := range map[string][]byte{
		"Sorry, edit limit reached":     editOf(id, "eleventh", 1),
		"Sorry, message does not exist": editOf(id+1, "unknown", 1),
		"Sorry, data is too large":      editOf(a1.send("bob", "small"), string(filler(6<<10)), 1),
		"Sorry, format is incorrect":    body(editType, map[protowire.Number]uint64{edited: a1.send("bob", "no content"), scope: 1}),
	} {
		check(t, "reason", reason, a1.act("bob", payload).Status.Reason)
	}
	check(t, "somebody else's", "Sorry, You do not have permission", bob.act("alice", editOf(id, "mine", 1)).Status.Reason)
	check(t, "with nobody", "Sorry, message does not exist", a1.act("nobody", editOf(id, "x", 1)).Status.Reason)
	check(t, "in another conversation", "Sorry, message does not exist", a1.act("g", editOf(id, "x", 1)).Status.Reason)
	check(t, "the rest is as it was", "edit 10", w.history(t, "bob", "alice")[0])
}

// history returns the texts of a user's history with a peer, oldest first.
func (w *world) history(t *testing.T, user, peer string) (texts []string) {
	t.Helper()
	var answer struct {
		Data struct {
			List []struct {
				Msg []byte `json:"msg"`
			} `json:"msgs"`
		}
	}
	b := w.rest(t, "POST", "/users/"+user+"/messageroaming", user, fmt.Sprintf(`{"queue":"%s@easemob.com","start":"","pull_number":50,"is_positive":true}`, peer))
	if err := json.Unmarshal(b, &answer); err != nil {
		t.Fatal(err)
	}
	for _, m := range answer.Data.List {
		texts = append(texts, string(fields(t, fields(t, fields(t, m.Msg)[6])[4])[2]))
	}
	return texts
}
