package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// Receipt is what a user's device acknowledges.
type Receipt struct {
	Ref      Ref       // the user's side
	Kind     EventKind // MessageDelivered, MessageRead or ConversationRead
	Messages []uint64  // the acknowledged ones; of ConversationRead none
	Own      bool      // of ConversationRead: for the user's own devices alone, as always in a group
	Device   string
	Meta     uint64 // the ID that the device gave it
	Payload  []byte // the MessageBody that is passed on
}

// Acknowledge counts what was read as read, and passes the receipt on: about messages
// to those who sent them, about a conversation to the other side and to the user's own
// devices. What the user has read of a conversation never becomes less. Unknown
// messages are ignored: they may have been recalled. It returns the receipt's ID, or
// ErrNotFound if the user takes no part in the conversation.
func (s *Store) Acknowledge(ctx context.Context, r Receipt) (id uint64, err error) {
	err = s.Write(ctx, func(w *Writer) error {
		d, err := s.side(ctx, w.tx, r.Ref)
		if err == nil && !d.visible {
			err = missing(sql.ErrNoRows, "conversation", r.Ref.Peer)
		}
		if err != nil {
			return err
		}
		receivers := []int64{0}
		switch {
		case r.Kind != ConversationRead:
			receivers, err = w.acknowledge(ctx, d, r)
		case r.Own || d.kind == Group:
			receivers[0] = d.user
			fallthrough
		default:
			err = w.exec(ctx, "UPDATE views SET read_at = ? WHERE user = ? AND conversation = ?", d.activity, d.user, d.id)
		}
		if err == nil && len(receivers) == 0 {
			id, err = w.newID(ctx, nil)
		}
		for i, receiver := range receivers {
			if err == nil {
				id, err = w.pass(ctx, d, r, receiver, i == 0)
			}
		}
		return err
	})
	return id, err
}

// acknowledge returns who sent the acknowledged messages, the user excepted.
func (w *Writer) acknowledge(ctx context.Context, d side, r Receipt) (senders []int64, err error) {
	for _, id := range r.Messages {
		var sender, ts int64
		err := w.row(ctx, "SELECT sender, ts FROM messages WHERE id = ? AND conversation = ? AND flags < ?",
			dbID(id), d.id, flagSignal).scan(&sender, &ts)
		switch {
		case errors.Is(err, sql.ErrNoRows), sender == d.user:
			continue
		case err != nil:
			return nil, err
		}
		if !slices.Contains(senders, sender) {
			senders = append(senders, sender)
		}
		if r.Kind != MessageRead {
			continue
		}
		// All but the others' newer messages are read.
		err = w.exec(ctx, `UPDATE views SET read_at = max(read_at, ?1 - (SELECT count(*) FROM messages
			WHERE conversation = ?3 AND (ts, id) > (?4, ?5) AND sender <> ?2 AND flags & ?6 = 0)) WHERE user = ?2 AND conversation = ?3`,
			d.activity, d.user, d.id, ts, dbID(id), flagImported|flagSignal)
		if err != nil {
			return nil, err
		}
	}
	return senders, nil
}

// pass puts a receipt on the conversation's queue. The first keeps the device's ID for
// it: a receipt that is sent again is passed on once.
func (w *Writer) pass(ctx context.Context, d side, r Receipt, receiver int64, first bool) (uint64, error) {
	m := Message{
		Type: d.kind, From: r.Ref.User, To: r.Ref.Peer, Timestamp: w.s.now().UnixMilli(), Body: []byte("{}"), Payload: r.Payload,
		Live: true, Device: r.Device, Signal: &Signal{Kind: r.Kind, receiver: receiver},
	}
	if first {
		m.Meta = r.Meta
	}
	if len(r.Messages) > 0 {
		m.Signal.About = r.Messages[0]
	}
	id, _, err := w.AppendOne(ctx, m)
	return id, err
}

// ReadAll counts all messages of a device's user as read.
func (s *Store) ReadAll(ctx context.Context, d Device) error {
	return s.deviceEvent(ctx, d, ConversationRead, func(tx *sql.Tx, user int64) error {
		_, err := tx.ExecContext(ctx, "UPDATE views SET read_at = c.activity FROM conversations c WHERE c.id = views.conversation AND views.user = ?", user)
		return err
	})
}
