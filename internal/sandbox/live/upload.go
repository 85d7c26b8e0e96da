package live

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// MaxMessage is the size of a body plus its extension (docs/contract.md, section 6)
// in bytes, with room for the JSON around them.
const MaxMessage = 5<<10 + 64

// upload carries out an uploaded meta and returns the answer.
func (d *device) upload(ctx context.Context, m wire.Meta) wire.Download {
	switch {
	case m.NS == wire.Statistic:
		return wire.Download{ServerID: m.ID}
	case m.NS != wire.Chat:
		return d.open("name space %d", m.NS)
	case m.Route != 0 || len(m.Directed) > 0:
		return d.open("a message for some of its receivers alone")
	case len(m.Payload) > maxUpload:
		return d.tooLarge()
	}
	body, err := wire.ParseUploaded(m.Payload)
	switch {
	case err != nil:
		return d.refuse(wire.WrongParameter, "the message: %v", err)
	case body.Type >= wire.ReadAck && body.Type <= wire.EditType:
		return d.act(ctx, m, body)
	case body.Type < uint64(store.Chat) || body.Type > uint64(store.Room):
		return d.open("a message body of type %d", body.Type)
	case len(body.Body) > MaxMessage:
		return d.tooLarge()
	case body.Kind == "":
		return d.refuse(wire.WrongParameter, "the message has no content")
	}
	kind := store.ChatType(body.Type)
	if (m.To.Domain == wire.ConferenceDomain) != (kind != store.Chat) {
		return d.refuse(wire.WrongParameter, "a message of type %d cannot go to %s", body.Type, m.To.Domain)
	}
	return d.send(ctx, m, kind, body)
}

func (d *device) send(ctx context.Context, m wire.Meta, kind store.ChatType, body wire.Uploaded) wire.Download {
	ok, err := d.hub.Store.CanSend(ctx, store.Ref{User: d.id.User, Peer: m.To.Name, Conference: kind != store.Chat}, kind)
	if err != nil {
		return d.failed(err)
	}
	if !ok {
		return d.refuse(wire.Fail, "%s", unreachable(kind, m.To.Name))
	}
	if kind == store.Room {
		d.hint.Do(func() { d.log("the sandbox stores a room's messages, but sends them to no device") })
	}
	to := d.queueJID(store.Queue{Peer: m.To.Name, Conference: kind != store.Chat})
	stored := store.Message{
		Type: kind, From: d.id.User, To: m.To.Name, Timestamp: d.hub.Now().UnixMilli(), Kind: body.Kind,
		Body: body.Body, Payload: wire.Addressed(body.Payload, d.userJID(), to), Live: true, Device: d.id.Resource, Meta: m.ID,
	}
	var id uint64
	err = d.hub.Store.Write(ctx, func(w *store.Writer) (err error) {
		id, _, err = w.AppendOne(ctx, stored) // a message that was sent before keeps its ID
		return err
	})
	if err != nil {
		return d.failed(err)
	}
	return wire.Download{ServerID: id, Timestamp: stored.Timestamp}
}

// unreachable returns a reason that the vendor's client knows.
func unreachable(kind store.ChatType, to string) string {
	switch kind {
	case store.Group:
		return "not in group or chatroom"
	case store.Room:
		return fmt.Sprintf("grpID %s does not exist!", to)
	default:
		return fmt.Sprintf("username %s doesn't exist!", to)
	}
}

func (d *device) refuse(code wire.ErrorCode, format string, args ...any) wire.Download {
	reason := fmt.Sprintf(format, args...)
	d.refused("upload", d.id, "%s", reason)
	return wire.Download{Status: wire.Status{Code: code, Reason: reason}}
}

// tooLarge refuses an upload with the code and the reason that all of the vendor's
// clients know; they wait for ever with another reason of this code.
func (d *device) tooLarge() wire.Download {
	return d.refuse(wire.PermissionDenied, "Sorry, data is too large")
}

// open refuses what docs/contract.md leaves open.
func (d *device) open(format string, args ...any) wire.Download {
	return d.refuse(wire.Fail, "the sandbox does not support this: "+format, args...)
}

func (d *device) failed(err error) wire.Download {
	d.log("an upload failed: %v", err)
	return wire.Download{Status: wire.Status{Code: wire.Fail, Reason: "the sandbox failed; see its log"}}
}
