package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// device is a connection. Its reader answers one frame after the other; its writer
// writes the answers, and notices between them.
type device struct {
	hub     *Hub
	conn    *websocket.Conn
	out     chan []byte // nil ends the writer
	notices *notices
	kicked  chan struct{} // closed once the same device has connected again
	cancel  context.CancelCauseFunc

	// Set by the login, before the hub knows the device.
	id    store.Device
	name  string
	since time.Time

	sent map[store.Queue]int64 // the last place of each queue that was sent on this connection
	hint sync.Once             // the log line about rooms
}

func newDevice(h *Hub, conn *websocket.Conn) *device {
	return &device{
		hub: h, conn: conn, out: make(chan []byte, queuedFrames), notices: newNotices(), kicked: make(chan struct{}),
		sent: map[store.Queue]int64{},
	}
}

// errDone ends a connection without an error.
var errDone = errors.New("done")

// serve runs the connection to its end.
func (d *device) serve(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.cancel = cancel
	written := make(chan struct{})
	go func() {
		defer close(written)
		d.write(ctx)
	}()
	err := d.read(ctx)
	if d.id.User != "" {
		d.hub.remove(d)
		// Without cancellation: the hub may be closing.
		if err := d.hub.Store.Logout(context.WithoutCancel(ctx), d.id); err != nil {
			d.log("%v", err)
		}
	}
	if code, reason, ok := ending(err); ok {
		if code != websocket.StatusNormalClosure {
			d.refused("frame", d.id, "%s", reason)
		}
		// Earlier answers are written first: an interrupted write would close the
		// connection without the reason.
		d.answer(ctx, nil)
		<-written
		_ = d.conn.Close(code, reason) // the connection ends in any case
		return
	}
	cause := context.Cause(ctx)
	cancel(nil)
	<-written
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig): // the device has the reason
		d.refused("frame", d.id, "a frame is larger than %d bytes", maxFrame)
	case cause != nil && d.hub.ctx.Err() == nil:
		d.log("the connection was cut: %v", cause)
	}
	_ = d.conn.CloseNow() // the connection ends in any case
}

// ending returns the close code and reason to send, if the connection allows it.
func ending(err error) (code websocket.StatusCode, reason string, ok bool) {
	if errors.Is(err, errDone) {
		return websocket.StatusNormalClosure, "", true
	}
	if open, ok := errors.AsType[*violation](err); ok {
		return websocket.StatusPolicyViolation, open.reason, true
	}
	return 0, "", false
}

// violation is a frame that ends the connection.
type violation struct{ reason string }

func (v *violation) Error() string { return v.reason }

func broken(format string, args ...any) error { return &violation{fmt.Sprintf(format, args...)} }

func (d *device) log(format string, args ...any) {
	who := "a device"
	if d.id.User != "" {
		who = d.id.User + "/" + d.id.Resource
	}
	d.hub.Log("live: "+who+": "+format, args...)
}

// refused notes what a device did and why that was refused.
func (d *device) refused(what string, who store.Device, format string, args ...any) {
	if d.hub.Refused != nil {
		d.hub.Refused(d.hub.ctx, store.Refusal{
			Method: what, Route: "/ws", User: who.User, Device: who.Resource, Reason: fmt.Sprintf(format, args...),
		})
	}
}

// read reads and answers the frames: first the login, then the others.
func (d *device) read(ctx context.Context) error {
	login, cancel := context.WithTimeout(ctx, loginWithin)
	frame, err := d.frame(login)
	cancel()
	if err != nil {
		return err
	}
	if frame.Command != wire.CommandProvision {
		return broken("command %d came before the login", frame.Command)
	}
	if err := d.login(ctx, frame); err != nil {
		return err
	}
	d.conn.SetReadLimit(maxFrame)
	for {
		frame, err := d.frame(ctx)
		if err != nil {
			return err
		}
		if err := d.do(ctx, frame); err != nil {
			return err
		}
	}
}

// frame reads the next frame.
func (d *device) frame(ctx context.Context) (wire.Frame, error) {
	kind, b, err := readFrame(ctx, d.conn, frameWithin)
	if err != nil {
		return wire.Frame{}, err
	}
	if kind != websocket.MessageBinary {
		return wire.Frame{}, broken("a frame is text: only binary ones are known")
	}
	return decode(b)
}

// reader is a websocket.Conn.
type reader interface {
	Reader(ctx context.Context) (websocket.MessageType, io.Reader, error)
}

// readFrame waits for a frame until ctx ends. Once a frame has begun, the rest of it
// must arrive within the given time.
func readFrame(ctx context.Context, conn reader, within time.Duration) (websocket.MessageType, []byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	kind, r, err := conn.Reader(ctx)
	if err != nil {
		return 0, nil, err
	}
	late := time.AfterFunc(within, func() { cancel(broken("a frame took longer than %s", within)) })
	defer late.Stop()
	b, err := io.ReadAll(r)
	if slow, ok := errors.AsType[*violation](context.Cause(ctx)); ok && err != nil {
		err = slow
	}
	return kind, b, err
}

// decode reads a frame that is neither compressed nor encrypted.
func decode(b []byte) (wire.Frame, error) {
	frame, err := wire.Unmarshal[wire.Frame](b)
	if err != nil {
		return frame, broken("a frame of %d bytes: %v", len(b), err)
	}
	if frame.Compress != 0 {
		return frame, broken("a frame is compressed, which the login did not agree to")
	}
	for _, e := range frame.Encrypt {
		if e != 0 {
			return frame, broken("a frame is encrypted, which the sandbox does not support")
		}
	}
	return frame, nil
}

// do answers a frame of a device that is logged in.
func (d *device) do(ctx context.Context, frame wire.Frame) error {
	switch frame.Command {
	case wire.CommandSync:
		return d.sync(ctx, frame)
	case wire.CommandUnread:
		return d.unread(ctx, frame)
	case wire.CommandLogout:
		return errDone
	case wire.CommandProvision:
		return broken("a second login on one connection")
	default:
		return broken("command %d is not known", frame.Command)
	}
}

// reply answers a frame.
func (d *device) reply(ctx context.Context, to wire.Frame, payload []byte) {
	d.answer(ctx, d.encode(to, payload))
}

func (d *device) encode(to wire.Frame, payload []byte) []byte {
	return wire.Marshal(wire.Frame{Version: wire.MSyncV2, GUID: d.jid(), Command: to.Command, Payload: payload, TraceID: to.TraceID})
}

// answer queues a frame for the writer. nil ends the writer.
func (d *device) answer(ctx context.Context, b []byte) {
	select {
	case d.out <- b:
	case <-ctx.Done():
	}
}

// userJID is jid without the device.
func (d *device) userJID() wire.JID {
	return d.queueJID(store.Queue{Peer: d.id.User})
}

func (d *device) jid() wire.JID {
	return wire.JID{AppKey: d.hub.Issuer.AppKey, Name: d.id.User, Domain: wire.UserDomain, Resource: d.id.Resource}
}
