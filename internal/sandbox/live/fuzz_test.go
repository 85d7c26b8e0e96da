package live_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// FuzzFrame sends whatever to a sandbox, from a device that is logged in. It
// may end that connection, and nothing else: the sandbox goes on to serve it
// anew, and what it stored can be read.
func FuzzFrame(f *testing.F) {
	bob := wire.JID{Name: "bob", Domain: wire.UserDomain}
	meta := wire.UploadedMeta{ID: 9, NS: wire.Chat, To: bob, Payload: text(1, "hello")}
	for _, payload := range [][]byte{
		wire.Upload{Meta: &meta}.Encode(), wire.Upload{Queue: &bob, Key: 3}.Encode(), nil,
	} {
		for _, command := range []wire.Command{wire.Sync, wire.UnreadCount, wire.Notice, wire.ProvisionCmd, wire.Logout} {
			f.Add(wire.Frame{Command: command, Payload: payload}.Encode())
		}
	}
	f.Add([]byte{0xff})
	w := newWorld(f, "")
	var d *device
	f.Fuzz(func(t *testing.T, b []byte) {
		if d == nil {
			d = w.connect(t, "alice", "fuzz")
		}
		d.t = t
		probe := d.frame(wire.Sync, wire.Upload{Meta: &wire.UploadedMeta{ID: 1 << 40, NS: wire.Statistic}}.Encode())
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if d.conn.Write(ctx, websocket.MessageBinary, b) != nil || d.conn.Write(ctx, websocket.MessageBinary, probe) != nil {
			d = nil
			return
		}
		for {
			_, answer, err := d.conn.Read(ctx)
			if ctx.Err() != nil {
				t.Fatal("the sandbox does not answer any more")
			}
			if err != nil {
				d = nil
				return
			}
			frame, err := wire.ParseFrame(answer)
			if err != nil {
				t.Fatal(err)
			}
			if down, err := wire.ParseDownload(frame.Payload); err == nil && down.MetaID == 1<<40 {
				return
			}
		}
	})
}

// FuzzUploaded: whatever a device sends as a message, what is stored of it is
// JSON and says who it is from.
func FuzzUploaded(f *testing.F) {
	f.Add(text(1, "hello"))
	f.Add(wire.Body{Type: 2, Contents: []wire.Content{wire.StrangeContent(77, "?")}}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := wire.ParseUploaded(b)
		if err != nil {
			return
		}
		if !json.Valid(u.Body) {
			t.Fatalf("%q is no JSON", u.Body)
		}
		from := wire.JID{Name: "alice", Domain: wire.UserDomain}
		again, err := wire.ParseUploaded(wire.Addressed(u.Payload, from, from))
		if err != nil || again.Type != u.Type || string(again.Body) != string(u.Body) || string(again.Payload) != string(u.Payload) {
			t.Fatalf("stored as %q, read as %q, %v", u.Body, again.Body, err)
		}
	})
}
