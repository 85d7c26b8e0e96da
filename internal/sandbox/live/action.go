package live

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// maxAcked bounds the messages that one receipt acknowledges.
const maxAcked = 1000

// act carries out an upload that is about other messages: a receipt, a recall or an
// edit.
func (d *device) act(ctx context.Context, m wire.Meta, body wire.Uploaded) wire.Download {
	ref := store.Ref{User: d.id.User, Peer: m.To.Name, Conference: m.To.Domain == wire.ConferenceDomain}
	about, err := wire.Unmarshal[wire.About](m.Payload)
	if err != nil {
		return d.refuse(wire.WrongParameter, "the message: %v", err)
	}
	switch body.Type {
	case wire.RecallType:
		return d.recall(ctx, m, ref, about.Acked)
	case wire.EditType:
		return d.edit(ctx, m, ref, about.Edited)
	default:
		return d.acknowledge(ctx, m, ref, body, about)
	}
}

// acknowledge counts what was read as read, and passes the receipt on.
func (d *device) acknowledge(ctx context.Context, m wire.Meta, ref store.Ref, body wire.Uploaded, about wire.About) wire.Download {
	r := store.Receipt{
		Ref: ref, Messages: about.AckedIDs, Own: about.SendToPeer != nil && !*about.SendToPeer, Device: d.id.Resource, Meta: m.ID,
		Payload: wire.Addressed(body.Payload, d.userJID(), d.queueJID(store.Queue{Peer: ref.Peer, Conference: ref.Conference})),
		Kind:    map[uint64]store.EventKind{wire.ReadAck: store.MessageRead, wire.DeliveryAck: store.MessageDelivered, wire.ChannelAck: store.ConversationRead}[body.Type],
	}
	if len(r.Messages) == 0 && about.Acked != 0 {
		r.Messages = []uint64{about.Acked}
	}
	switch {
	case r.Kind == store.ConversationRead && about.ClearAll:
		if err := d.hub.Store.ReadAll(ctx, d.id); err != nil {
			return d.failed(err)
		}
		return wire.Download{ServerID: m.ID}
	case r.Kind == store.ConversationRead:
		r.Messages = nil
	case len(r.Messages) == 0 || len(r.Messages) > maxAcked:
		return d.refuse(wire.WrongParameter, "a receipt is for 1 to %d messages, not %d", maxAcked, len(r.Messages))
	}
	id, err := d.hub.Store.Acknowledge(ctx, r)
	if errors.Is(err, store.ErrNotFound) {
		return d.refuse(wire.Fail, "%s", unreachable(kindOf(ref), ref.Peer))
	}
	return d.done(id, err)
}

// recall recalls a message of this user for everyone.
func (d *device) recall(ctx context.Context, m wire.Meta, ref store.Ref, message uint64) wire.Download {
	kind, visible, err := d.hub.Store.TypeOf(ctx, ref)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return d.failed(err)
	}
	if !visible {
		return d.refuse(wire.Fail, "%s", unreachable(kindOf(ref), ref.Peer))
	}
	id, err := d.hub.Store.Recall(ctx, store.RecallRequest{
		ID: message, Type: kind, To: ref.Peer, From: d.id.User, Since: d.hub.Now().Add(-d.hub.RecallWindow).UnixMilli(),
		Device: d.id.Resource, Meta: m.ID,
		Payload: func(recalled store.Message) []byte { return wire.Recall(d.hub.Issuer.AppKey, recalled) },
	})
	switch {
	case errors.Is(err, store.ErrNotFound): // the words of the REST route
		return d.refuse(wire.Fail, "not_found msg")
	case errors.Is(err, store.ErrLate):
		return d.refuse(wire.Fail, "exceed recall time limit")
	}
	return d.done(id, err)
}

// edit replaces a message of this user for everyone. The reasons of refusals are those
// that the vendor's clients know. That nobody but the sender can edit is [inferred].
func (d *device) edit(ctx context.Context, m wire.Meta, ref store.Ref, message uint64) wire.Download {
	var notice []byte
	id, err := d.hub.Store.Edit(ctx, store.Edit{
		Ref: ref, ID: message, Device: d.id.Resource, Meta: m.ID,
		Apply: func(edited *store.Message) (signal []byte, err error) {
			signal, notice, err = wire.EditMessage(d.hub.Issuer.AppKey, edited, m.Payload, d.hub.Now().UnixMilli())
			if err == nil && len(edited.Body) > MaxMessage {
				err = errTooLarge
			}
			return signal, err
		},
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return d.refuse(wire.Fail, "Sorry, message does not exist")
	case errors.Is(err, store.ErrSender):
		return d.refuse(wire.Fail, "Sorry, You do not have permission")
	case errors.Is(err, wire.ErrEdits):
		return d.refuse(wire.Fail, "Sorry, edit limit reached")
	case errors.Is(err, wire.ErrFormat), errors.Is(err, wire.ErrMalformed):
		return d.refuse(wire.Fail, "Sorry, format is incorrect")
	case errors.Is(err, errTooLarge):
		return d.tooLarge()
	}
	answer := d.done(id, err)
	if err == nil { // what other devices read in the message's meta
		own := d.userJID()
		answer.Metas = [][]byte{wire.Marshal(wire.Meta{ID: id, From: own, To: own, Timestamp: answer.Timestamp, NS: wire.Notify, Payload: notice})}
	}
	return answer
}

var errTooLarge = errors.New("the message is too large")

// done answers an upload that was carried out, unless err says that it failed.
func (d *device) done(id uint64, err error) wire.Download {
	if err != nil {
		return d.failed(err)
	}
	return wire.Download{ServerID: id, Timestamp: d.hub.Now().UnixMilli()}
}

// kindOf returns the type of a conversation as far as its domain says.
func kindOf(ref store.Ref) store.ChatType {
	if ref.Conference {
		return store.Group
	}
	return store.Chat
}
