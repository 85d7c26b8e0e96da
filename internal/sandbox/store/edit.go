package store

import (
	"context"
	"database/sql"
	"strconv"
)

// Edit names a message that its sender's device edits.
type Edit struct {
	Ref    Ref    // the sender's side
	ID     uint64 // of the message
	Device string
	Meta   uint64 // the ID that the device gave the request
	// Apply sets the message's new Body and Payload, and returns the MessageBody that
	// devices receive. An error refuses the edit.
	Apply func(m *Message) (signal []byte, err error)
}

// Edit replaces a message for everyone. All participants' devices are notified but the
// one that asked. It returns the ID of the signal, ErrNotFound if there is no such
// message, and ErrSender if somebody else sent it.
func (s *Store) Edit(ctx context.Context, e Edit) (id uint64, err error) {
	err = s.Write(ctx, func(w *Writer) error {
		m, err := w.editable(ctx, e)
		if err != nil {
			return err
		}
		signal, err := e.Apply(&m)
		if err != nil {
			return err
		}
		err = w.exec(ctx, "UPDATE messages SET body = ?, payload = ? WHERE id = ?", m.Body, m.Payload, dbID(e.ID))
		if err != nil {
			return err
		}
		id, _, err = w.AppendOne(ctx, Message{
			Type: m.Type, From: m.From, To: m.To, Timestamp: s.now().UnixMilli(), Body: []byte("{}"), Payload: signal,
			Live: true, Device: e.Device, Meta: e.Meta, Signal: &Signal{Kind: MessageEdited, About: e.ID},
		})
		return err
	})
	return id, err
}

// editable finds the message to edit.
func (w *Writer) editable(ctx context.Context, e Edit) (Message, error) {
	var m Message
	d, err := w.s.side(ctx, w.tx, e.Ref)
	if err != nil {
		return m, err
	}
	list, err := queryAll(ctx, w.tx, "reading a message", func(rows *sql.Rows, m *Message) error { return scanMessage(rows, m, d, e.Ref) },
		"SELECT "+messageColumns+" FROM messages m WHERE m.id = ? AND m.conversation = ? AND m.flags < ?", dbID(e.ID), d.id, flagRecalled)
	switch {
	case err != nil:
		return m, err
	case !d.visible || len(list) == 0:
		return m, missing(sql.ErrNoRows, "message", strconv.FormatUint(e.ID, 10))
	case list[0].From != e.Ref.User:
		return m, ErrSender
	}
	return list[0], nil
}
