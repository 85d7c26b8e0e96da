package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// RecallRequest names a message to recall.
type RecallRequest struct {
	ID    uint64
	Type  ChatType
	To    string // who the message was sent to: a user, or the group's or room's ID
	From  string // the sender; "" for any
	Since int64  // Unix ms: older messages are refused; 0 for no bound

	Device string // of the sender, if it asks for the recall
	Meta   uint64 // the ID that the device gave the request
	// Payload returns the MessageBody that devices receive for a recalled message.
	Payload func(recalled Message) []byte
}

// Recall deletes a message for everyone, and its files (docs/contract.md, section 9).
// All participants' devices are notified but the one that asked: a signal on the
// conversation's queue replaces the message. It returns the signal's ID, ErrNotFound if there is no such message (it may have been
// recalled before), and ErrLate if it is older than Since.
func (s *Store) Recall(ctx context.Context, q RecallRequest) (signal uint64, err error) {
	var gone []string
	err = s.Write(ctx, func(w *Writer) error {
		m, err := w.recallable(ctx, q)
		if err != nil {
			return err
		}
		if gone, err = w.forgetFiles(ctx, m.Body); err != nil {
			return err
		}
		if err := w.exec(ctx, "UPDATE messages SET flags = flags | ? WHERE id = ?", flagRecalled, dbID(q.ID)); err != nil {
			return err
		}
		signal, _, err = w.AppendOne(ctx, Message{
			Type: m.Type, From: m.From, To: m.To, Timestamp: s.now().UnixMilli(), Body: []byte("{}"), Payload: q.Payload(m),
			Live: true, Device: q.Device, Meta: q.Meta, Signal: &Signal{Kind: MessageRecalled, About: q.ID},
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	return signal, s.removeContents(gone)
}

// recallable finds the message to recall.
func (w *Writer) recallable(ctx context.Context, q RecallRequest) (Message, error) {
	m := Message{ID: q.ID, To: q.To}
	var name, sender string
	err := w.row(ctx, `SELECT c.kind, c.name, m.ts, m.sender, u.name, m.body FROM messages m
		JOIN conversations c ON c.id = m.conversation JOIN users u ON u.id = m.sender
		WHERE m.id = ? AND m.flags < ?`, dbID(q.ID), flagRecalled).scan(&m.Type, &name, &m.Timestamp, &sender, &m.From, &m.Body)
	id := fmt.Sprint(q.ID)
	if err != nil {
		return m, missing(err, "message", id)
	}
	sentTo := name == conferenceName(q.To)
	if m.Type == Chat {
		var user string
		if err := w.row(ctx, "SELECT id FROM users WHERE name = ?", q.To).scan(&user); err != nil {
			return m, missing(err, "message", id)
		}
		users := strings.Split(name, "/")
		sentTo = slices.Contains(users, user) && (user != sender || users[0] == users[1])
	}
	switch {
	case !sentTo || m.Type != q.Type || (q.From != "" && q.From != m.From):
		return m, missing(sql.ErrNoRows, "message", id)
	case m.Timestamp < q.Since:
		return m, fmt.Errorf("message %s: %w", id, ErrLate)
	}
	return m, nil
}
