package live_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// recalls reads a queue and returns the IDs of the messages that were recalled.
func (d *device) recalls(name string) (ids []uint64) {
	d.t.Helper()
	jid, _ := to(name)
	for key := uint64(0); ; {
		down := d.sync(wire.Upload{Queue: &jid, Key: key})
		if len(down.Metas) == 0 {
			return ids
		}
		key = down.NextKey
		for _, m := range down.Metas {
			meta := fields(d.t, m)
			body := fields(d.t, meta[6])
			kind, _ := protowire.ConsumeVarint(body[1])
			if kind != 6 {
				d.t.Errorf("%s got a body of type %d", d.resource, kind)
			}
			if from := string(fields(d.t, meta[2])[2]); from != "alice" {
				d.t.Errorf("%s got a recall from %s", d.resource, from)
			}
			id, _ := protowire.ConsumeVarint(body[6])
			ids = append(ids, id)
		}
	}
}

// TestRecallReachesAllSides: every device of every side learns of a recall over REST,
// the sender's too, and nobody receives the message any more. A device that is away
// learns of it when it comes back.
func TestRecallReachesAllSides(t *testing.T) {
	w := newWorld(t, t.TempDir())
	a1, a2, bob := w.connect(t, "alice", "a1"), w.connect(t, "alice", "a2"), w.connect(t, "bob", "b1")
	away := w.connect(t, "bob", "b2")
	for _, name := range []string{"bob", "g"} {
		id := a1.send(name, "oops")
		queue := map[bool]string{true: "g", false: "alice"}[name == "g"]
		check(t, "the message", 1, len(bob.drain(queue)))
		a2.drain(name)
		away.drain(queue)
		_ = away.conn.CloseNow()
		kind := map[bool]string{true: "groupchat", false: "chat"}[name == "g"]
		w.rest(t, "POST", "/messages/msg_recall", "",
			fmt.Sprintf(`{"msg_id":"%d","to":%q,"from":"alice","chat_type":%q,"force":false}`, id, name, kind))
		bob.notice(queue)
		check(t, "bob's device", []uint64{id}, bob.recalls(queue))
		check(t, "alice's second device", []uint64{id}, a2.recalls(name))
		check(t, "alice's first device", []uint64{id}, a1.recalls(name))
		away = w.connect(t, "bob", "b2")
		check(t, "bob's other device", []uint64{id}, away.recalls(queue))
		check(t, "a second time", nil, bob.recalls(queue))
	}
	check(t, "carol's", map[string]int{}, w.connect(t, "carol", "c").unread())
}

// TestRecalledBeforeItArrived: a device that was away never receives the text.
func TestRecalledBeforeItArrived(t *testing.T) {
	w := newWorld(t, "")
	alice := w.connect(t, "alice", "a")
	id := alice.send("bob", "never mind")
	w.rest(t, "POST", "/messages/msg_recall", "", fmt.Sprintf(`{"msg_id":"%d","to":"bob","from":"alice","chat_type":"chat","force":false}`, id))
	check(t, "bob's", []got{{"alice", "bob", ""}}, w.connect(t, "bob", "b").drain("alice"))
}
