package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// FuzzFrame sends whatever from a device that is logged in. Each frame is
// answered or ends the connection, and nothing that a frame says fails inside of
// the sandbox.
func FuzzFrame(f *testing.F) {
	bob := wire.JID{Name: "bob", Domain: wire.UserDomain}
	meta := wire.Meta{ID: 9, NS: wire.Chat, To: bob, Payload: hello()}
	for _, payload := range [][]byte{
		wire.Marshal(wire.Upload{Meta: &meta}), wire.Marshal(wire.Upload{Queue: &bob, Key: 3}), wire.Marshal(wire.Provision{Resource: "r"}), nil,
	} {
		for _, command := range []wire.Command{wire.CommandSync, wire.CommandUnread, wire.CommandNotice, wire.CommandProvision, wire.CommandLogout} {
			f.Add(wire.Marshal(wire.Frame{Command: command, Payload: payload}))
		}
	}
	f.Add([]byte{0xff})
	s, err := store.Open(f.Context(), f.TempDir(), time.Now, func() map[string]string { return nil })
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	err = s.Write(f.Context(), func(w *store.Writer) error {
		for _, name := range []string{"alice", "bob"} {
			if err := w.CreateUsers(f.Context(), 0, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h := New(Config{Store: s, Issuer: token.Issuer{AppKey: "org#app"}, Now: time.Now, Log: t.Logf})
		d := newDevice(h, nil)
		d.id = store.Device{User: "alice", Resource: "fuzz"}
		frame, err := decode(b)
		if err == nil {
			err = d.do(t.Context(), frame)
		}
		if err == nil {
			answer, err := wire.Unmarshal[wire.Frame](<-d.out)
			if err != nil || answer.Command != frame.Command || answer.TraceID != frame.TraceID {
				t.Fatalf("the answer is %+v, %v", answer, err)
			}
			return
		}
		if _, open := errors.AsType[*violation](err); !open && !errors.Is(err, errDone) {
			t.Fatalf("the sandbox failed: %v", err)
		}
		d = newDevice(h, nil)
		_ = d.login(t.Context(), frame) // as the first frame: refused, as it has no token
		if d.id.User != "" {
			t.Fatal("it logged in")
		}
	})
}

func hello() []byte {
	body := wire.Body{Type: 1}
	if err := body.Parse([]byte(`{"bodies":[{"type":"txt","msg":"hello"}],"ext":{"n":1}}`)); err != nil {
		panic(err)
	}
	return wire.Marshal(body)
}

// FuzzUploaded: whatever a device sends as a message, what is stored of it is
// JSON and says who it is from.
func FuzzUploaded(f *testing.F) {
	f.Add(hello())
	f.Add(wire.Marshal(wire.Body{Type: 2, Contents: []wire.Content{wire.StrangeContent(77, "?")}}))
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
		if err != nil || again.Type != u.Type || !bytes.Equal(again.Body, u.Body) || !bytes.Equal(again.Payload, u.Payload) {
			t.Fatalf("stored as %q, read as %q, %v", u.Body, again.Body, err)
		}
	})
}
