package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// settingLastID is the setting that holds the last message ID.
const settingLastID = "last_id"

// Outcome is what Append did with a message: it was added, its ID existed, or
// Err (ErrKind, ErrName or ErrTimestamp) says why it was refused.
type Outcome struct {
	ID    uint64
	Added bool
	Err   error
}

// Append stores messages in their order and returns an outcome for each. A
// client's message creates the users and, for a group, the membership that it
// implies, and puts the conversation on the participants' lists. An imported
// one (docs/contract.md, section 8) does neither, and must be newer than the
// one imported before it.
func (w *Writer) Append(ctx context.Context, list ...Message) ([]Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // a context that can be cancelled costs a goroutine for each statement
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = dbID(list[i].ID)
	}
	stored, err := w.stored(ctx, ids)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(list))
	for i, m := range list {
		added, err := w.append(ctx, &m, stored)
		if err != nil && !errors.Is(err, ErrKind) && !errors.Is(err, ErrName) && !errors.Is(err, ErrTimestamp) {
			return nil, err
		}
		outcomes[i] = Outcome{ID: m.ID, Added: added, Err: err}
	}
	if len(w.conversations) > maxPending {
		return outcomes, w.flush(ctx)
	}
	return outcomes, w.newMessages.flush(ctx)
}

// AppendOne is Append for one message; its error is the outcome's, too.
func (w *Writer) AppendOne(ctx context.Context, m Message) (id uint64, added bool, err error) {
	outcomes, err := w.Append(ctx, m)
	if err != nil {
		return 0, false, err
	}
	return outcomes[0].ID, outcomes[0].Added, outcomes[0].Err
}

// append stores one message and sets its ID.
func (w *Writer) append(ctx context.Context, m *Message, stored map[int64]bool) (bool, error) {
	sender, err := w.user(ctx, m.From, w.s.now().UnixMilli())
	if err != nil {
		return false, err
	}
	var peer int64
	if m.Type == Chat {
		if peer, err = w.user(ctx, m.To, w.s.now().UnixMilli()); err != nil {
			return false, err
		}
	}
	c, err := w.conversation(ctx, m.Type, m.To, sender, peer)
	if err != nil {
		return false, err
	}
	if m.Imported && m.Timestamp <= c.importTS {
		return false, ErrTimestamp
	}
	if id, err := w.resent(ctx, sender, *m); err != nil || id != 0 {
		m.ID = id
		return false, err
	}
	if m.ID == 0 {
		m.ID, err = w.newID(ctx, stored)
	}
	if err != nil || stored[dbID(m.ID)] {
		return false, err
	}
	if err := w.insert(ctx, c, sender, *m); err != nil {
		return false, err
	}
	stored[dbID(m.ID)] = true
	c.addMessage(*m)
	if m.Signal == nil {
		c.addToLists(sender, peer, m.Imported)
	}
	if !m.Live {
		return true, nil
	}
	return true, w.recordSent(ctx, c, sender, *m)
}

func (w *Writer) insert(ctx context.Context, c *pending, sender int64, m Message) error {
	flags, receiver := 0, int64(0)
	if m.Imported {
		flags = flagImported
	}
	if m.Signal != nil {
		flags, receiver = flagSignal, m.Signal.receiver
	}
	w.newest = max(w.newest, dbID(m.ID))
	return w.newMessages.add(ctx, dbID(m.ID), c.id, m.Timestamp, c.seq+1, sender, kindNumber(m.Kind), flags, m.Body, m.Payload,
		sql.NullString{String: m.Device, Valid: m.Live}, receiver)
}

// stored returns which of the IDs the store has. It does not look up those
// beyond the newest.
func (w *Writer) stored(ctx context.Context, ids []int64) (map[int64]bool, error) {
	found := make(map[int64]bool, len(ids))
	var ask []any
	for _, id := range ids {
		if id <= w.newest && id != dbID(0) {
			ask = append(ask, id)
		}
	}
	const most = 500 // values in a query
	for len(ask) > 0 {
		some := ask[:min(most, len(ask))]
		ask = ask[len(some):]
		list, err := queryAll(ctx, w.tx, "looking for stored messages", func(rows *sql.Rows, id *int64) error { return rows.Scan(id) },
			"SELECT id FROM messages WHERE id IN ("+placeholders(len(some))+")", some...)
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			found[id] = true
		}
	}
	return found, nil
}

// newID returns a message ID. IDs rise with time and never repeat in a folder;
// those that a history file's messages have are skipped.
func (w *Writer) newID(ctx context.Context, stored map[int64]bool) (uint64, error) {
	if w.lastID == 0 {
		v, err := w.Setting(ctx, settingLastID)
		if err == nil && v != "" {
			w.lastID, err = strconv.ParseUint(v, 10, 64)
		}
		if err != nil {
			return 0, fmt.Errorf("reading the last message ID: %w", err)
		}
	}
	const perMillisecond = 1 << 20 // leaves 43 bits for the milliseconds
	w.lastID = max(w.lastID, uint64(max(0, w.s.now().UnixMilli()))*perMillisecond-1)
	for {
		w.lastID++
		found, err := w.stored(ctx, []int64{dbID(w.lastID)})
		if err != nil || (!found[dbID(w.lastID)] && !stored[dbID(w.lastID)]) {
			return w.lastID, err
		}
	}
}

// comparePosition orders messages: by timestamp, then by ID.
func comparePosition(ts, id, ts2, id2 int64) int {
	return cmp.Or(cmp.Compare(ts, ts2), cmp.Compare(id, id2))
}

// resent returns the ID of a message that the device has sent before: the same
// device, ID and payload. A device does so when its connection broke before
// the answer came.
func (w *Writer) resent(ctx context.Context, sender int64, m Message) (id uint64, err error) {
	if !m.Live || m.Meta == 0 {
		return 0, nil
	}
	if err := w.newMessages.flush(ctx); err != nil {
		return 0, err
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

// recordSent records a client's message for devices and in the event log.
func (w *Writer) recordSent(ctx context.Context, c *pending, sender int64, m Message) error {
	if m.Meta != 0 {
		err := w.exec(ctx, "INSERT INTO sent VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET id = excluded.id",
			sender, m.Device, dbID(m.Meta), dbID(m.ID))
		if err != nil {
			return err
		}
	}
	e := Event{
		Kind: MessageSent, Device: m.Device, Type: m.Type, Conversation: m.To, MessageID: m.ID, ConversationID: c.id, userID: sender,
	}
	if m.Signal != nil {
		e.Kind, e.MessageID = m.Signal.Kind, m.Signal.About
	} else {
		e.Detail = summary(m)
	}
	return w.s.record(ctx, w.tx, e)
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
