package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// resent finds a message that a device has sent before, as it does when the
// connection broke before the answer came: the same device, ID and payload.
func (w *Writer) resent(ctx context.Context, sender int64, m Message) (id uint64, err error) {
	if !m.Live || m.Meta == 0 {
		return 0, nil
	}
	var found int64
	var payload []byte
	err = w.row(ctx, `SELECT m.id, m.payload FROM sent s JOIN messages m ON m.id = s.id
		WHERE s.user = ? AND s.resource = ? AND s.meta = ?`, sender, m.Device, dbID(m.Meta)).scan(&found, &payload)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil || !bytes.Equal(payload, m.Payload) {
		return 0, err
	}
	return wireID(found), nil
}

// sent records a client's message for devices and for those who watch.
func (w *Writer) sent(ctx context.Context, c *conversation, sender int64, m Message) error {
	if m.Meta != 0 {
		err := w.exec(ctx, "INSERT INTO sent VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET id = excluded.id",
			sender, m.Device, dbID(m.Meta), dbID(m.ID))
		if err != nil {
			return err
		}
	}
	return w.s.record(ctx, w.tx, Event{
		Kind: MessageSent, Device: m.Device, Type: m.Type, Conversation: m.To, MessageID: m.ID, Detail: summary(m),
		ConversationID: c.id, userID: sender,
	})
}

// summaryRunes bounds what an event quotes of a text.
const summaryRunes = 200

// summary is a message's text, or its kind.
func summary(m Message) string {
	var body struct {
		Bodies []struct {
			Msg string `json:"msg"`
		} `json:"bodies"`
	}
	if m.Kind != "txt" || json.Unmarshal(m.Body, &body) != nil || len(body.Bodies) == 0 {
		return "[" + m.Kind + "]"
	}
	text := []rune(body.Bodies[0].Msg)
	return string(text[:min(len(text), summaryRunes)])
}
