package live_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// device is a connected device that behaves as docs/contract.md says.
type device struct {
	t        testing.TB
	conn     *websocket.Conn
	user     string
	resource string
	appKey   string
	notices  []wire.JID // that came while something else was awaited
	meta     uint64
}

// dial connects without a login.
func (w *world) dial(t testing.TB, user, resource string) *device {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(w.http.URL, "http")+sandbox.WebSocketPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &device{t: t, conn: conn, user: user, resource: resource, appKey: w.box.Credentials().AppKey}
}

// connect logs a device in.
func (w *world) connect(t testing.TB, user, resource string) *device {
	t.Helper()
	d := w.dial(t, user, resource)
	if p := d.login(w.dynamic(user, time.Now(), time.Hour)); p.Status.Code != wire.OK || p.Resource != resource {
		t.Fatalf("%s/%s: %+v", user, resource, p)
	}
	return d
}

func (d *device) login(tok string) wire.Provision {
	d.t.Helper()
	auth, err := json.Marshal(map[string]string{"token": "$t$" + tok})
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(wire.CommandProvision, wire.Marshal(wire.Provision{Resource: d.resource, DeviceName: "test", AuthToken: string(auth)}))
	p, err := wire.Unmarshal[wire.Provision](d.answer(wire.CommandProvision))
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func (d *device) frame(c wire.Command, payload []byte) []byte {
	guid := wire.JID{AppKey: d.appKey, Name: d.user, Domain: wire.UserDomain, Resource: d.resource}
	return wire.Marshal(wire.Frame{GUID: guid, Command: c, Payload: payload})
}

func (d *device) write(c wire.Command, payload []byte) {
	d.t.Helper()
	if err := d.conn.Write(d.t.Context(), websocket.MessageBinary, d.frame(c, payload)); err != nil {
		d.t.Fatalf("%s/%s: %v", d.user, d.resource, err)
	}
}

// read reads the next frame.
func (d *device) read() (wire.Frame, error) {
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	_, b, err := d.conn.Read(ctx)
	if err != nil {
		return wire.Frame{}, err
	}
	return wire.Unmarshal[wire.Frame](b)
}

// answer reads the next answer; notices on the way are kept.
func (d *device) answer(c wire.Command) []byte {
	d.t.Helper()
	for {
		f, err := d.read()
		if err != nil {
			d.t.Fatalf("%s/%s: %v", d.user, d.resource, err)
		}
		if f.Command == c {
			return f.Payload
		}
		if f.Command == wire.CommandNotice {
			d.noticed(f)
		}
	}
}

func (d *device) noticed(f wire.Frame) {
	d.t.Helper()
	q, err := wire.Unmarshal[wire.Notice](f.Payload)
	if err != nil {
		d.t.Fatal(err)
	}
	d.notices = append(d.notices, q.Queue)
}

// notice waits for a notice of a queue.
func (d *device) notice(queue string) {
	d.t.Helper()
	for {
		for i, q := range d.notices {
			if q.Name == queue {
				d.notices = append(d.notices[:i], d.notices[i+1:]...)
				return
			}
		}
		f, err := d.read()
		if err != nil {
			d.t.Fatalf("%s/%s: no notice of %s: %v", d.user, d.resource, queue, err)
		}
		if f.Command == wire.CommandNotice {
			d.noticed(f)
		}
	}
}

func (d *device) sync(up wire.Upload) wire.Download {
	d.t.Helper()
	d.write(wire.CommandSync, wire.Marshal(up))
	down, err := wire.Unmarshal[wire.Download](d.answer(wire.CommandSync))
	if err != nil {
		d.t.Fatal(err)
	}
	return down
}

// text is a MessageBody with a text.
func text(kind store.ChatType, s string) []byte {
	body := wire.Body{Type: kind}
	if err := body.Parse([]byte(`{"bodies":[{"type":"txt","msg":"` + s + `"}],"ext":{"n":1}}`)); err != nil {
		panic(err)
	}
	return wire.Marshal(body)
}

func to(name string) (jid wire.JID, kind store.ChatType) {
	if name == "g" || name == "many" {
		return wire.JID{Name: name, Domain: wire.ConferenceDomain}, 2
	}
	return wire.JID{Name: name, Domain: wire.UserDomain}, 1
}

// try sends a text and gives the answer.
func (d *device) try(name, s string) wire.Download {
	d.t.Helper()
	d.meta++
	jid, kind := to(name)
	return d.sync(wire.Upload{Meta: &wire.Meta{ID: d.meta, NS: wire.Chat, To: jid, Payload: text(kind, s)}})
}

func (d *device) send(name, s string) uint64 {
	d.t.Helper()
	down := d.try(name, s)
	if down.Status.Code != wire.OK || down.ServerID == 0 || down.MetaID != d.meta {
		d.t.Fatalf("%s to %s: %+v", s, name, down)
	}
	return down.ServerID
}

// got is what a meta says.
type got struct {
	From, To, Text string
}

// page asks for a queue once.
func (d *device) page(name string, key uint64) (items []got, next uint64) {
	d.t.Helper()
	jid, _ := to(name)
	down := d.sync(wire.Upload{Queue: &jid, Key: key})
	if down.Status.Code != wire.OK || down.Queue == nil || down.Queue.Name != name {
		d.t.Fatalf("queue %s: %+v", name, down)
	}
	if down.IsLast == nil || *down.IsLast != (len(down.Metas) == 0) {
		d.t.Fatalf("queue %s: %d metas and isLast %v", name, len(down.Metas), down.IsLast)
	}
	for _, m := range down.Metas {
		items = append(items, readMeta(d.t, m))
	}
	return items, down.NextKey
}

// drain asks for a queue until there is nothing, as the vendor's client does.
func (d *device) drain(name string) (all []got) {
	d.t.Helper()
	var key uint64
	for {
		items, next := d.page(name, key)
		if len(items) == 0 {
			return all
		}
		all, key = append(all, items...), next
	}
}

// unread gives the counts of queues on which something waits.
func (d *device) unread() map[string]int {
	d.t.Helper()
	d.write(wire.CommandUnread, nil)
	list, err := wire.Unmarshal[wire.Unread](d.answer(wire.CommandUnread))
	if err != nil {
		d.t.Fatal(err)
	}
	counts := map[string]int{}
	for _, q := range list.Queues {
		counts[q.Queue.Name] = q.N
	}
	return counts
}
