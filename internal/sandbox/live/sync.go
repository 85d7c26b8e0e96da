package live

import (
	"cmp"
	"context"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// pageSize is how many metas an answer holds at most.
const pageSize = 50

// sync answers a SYNC: an upload, or a download of a queue.
func (d *device) sync(ctx context.Context, frame wire.Frame) error {
	up, err := wire.Unmarshal[wire.Upload](frame.Payload)
	if err != nil {
		return broken("a SYNC: %v", err)
	}
	switch {
	case up.Meta != nil:
		answer := d.upload(ctx, *up.Meta)
		answer.MetaID, answer.Timestamp = up.Meta.ID, cmp.Or(answer.Timestamp, d.hub.Now().UnixMilli())
		d.reply(ctx, frame, wire.Marshal(answer))
	case up.Queue != nil:
		return d.download(ctx, frame, *up.Queue, up.Key)
	default:
		const reason = "neither a meta nor a queue"
		d.refused("sync", d.id, reason)
		answer := wire.Download{Status: wire.Status{Code: wire.Missing, Reason: reason}, Timestamp: d.hub.Now().UnixMilli()}
		d.reply(ctx, frame, wire.Marshal(answer))
	}
	return nil
}

// download answers with the next page of a queue. A key confirms the items before
// it.
func (d *device) download(ctx context.Context, frame wire.Frame, jid wire.JID, key uint64) error {
	q := store.Queue{Peer: jid.Name, Conference: jid.Domain == wire.ConferenceDomain}
	d.notices.asked(q)
	items, err := d.next(ctx, q, key)
	if err != nil {
		d.log("queue %s: %v", q.Peer, err)
		items = nil
	}
	answer := wire.Download{Queue: &jid, IsLast: new(len(items) == 0), Timestamp: d.hub.Now().UnixMilli()}
	if err != nil {
		answer.Status = wire.Status{Code: wire.Fail, Reason: "the sandbox failed; see its log"}
	}
	for _, i := range items {
		meta, err := d.meta(i)
		if err != nil {
			d.log("queue %s: %v", q.Peer, err)
			continue
		}
		answer.Metas = append(answer.Metas, meta)
		answer.NextKey = uint64(max(0, i.Seq))
		d.sent[q] = i.Seq
	}
	d.reply(ctx, frame, wire.Marshal(answer))
	if len(items) == 0 {
		d.notices.again(q)
	}
	return nil
}

// next reads what is after the key and after what was sent on this connection.
func (d *device) next(ctx context.Context, q store.Queue, key uint64) ([]store.Item, error) {
	confirmed := int64(min(key, 1<<62))
	items, newest, err := d.hub.Store.Next(ctx, d.id, q, max(d.sent[q], confirmed), pageSize)
	if err != nil || key == 0 {
		return items, err
	}
	if confirmed > newest {
		d.log("queue %s: ignoring key %d, which is not of this sandbox", q.Peer, key)
		items, _, err = d.hub.Store.Next(ctx, d.id, q, d.sent[q], pageSize)
		return items, err
	}
	return items, d.hub.Store.Confirm(ctx, d.id, q, confirmed)
}

// meta encodes an item of a queue.
func (d *device) meta(i store.Item) ([]byte, error) {
	appKey := d.hub.Issuer.AppKey
	if i.Notice != nil {
		own := wire.JID{AppKey: appKey, Name: d.id.User, Domain: wire.UserDomain}
		return wire.Marshal(wire.Meta{
			ID: uint64(max(0, i.Seq)), From: own, To: own, Timestamp: i.Message.Timestamp, NS: wire.Notify, Payload: i.Notice,
		}), nil
	}
	return wire.EncodeMessage(appKey, i.Message)
}

// unread answers with the queues that are not empty.
func (d *device) unread(ctx context.Context, frame wire.Frame) error {
	waiting, err := d.hub.Store.Waiting(ctx, d.id)
	if err != nil {
		return err
	}
	list := make([]wire.QueueCount, len(waiting))
	for i, w := range waiting {
		list[i] = wire.QueueCount{Queue: d.queueJID(w.Queue), N: w.Count}
	}
	d.reply(ctx, frame, wire.Marshal(wire.Unread{Queues: list, Timestamp: d.hub.Now().UnixMilli()}))
	return nil
}
