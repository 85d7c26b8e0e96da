package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
)

// Append stores a message. A client's message makes the users and, for a
// group, the membership that it shows to exist, and puts the conversation on
// the participants' lists; an imported one (section 8) does neither, and is
// held to the order of section 8. added is false when a message of that ID is
// already there.
func (w *Writer) Append(ctx context.Context, m Message) (id uint64, added bool, err error) {
	sender, err := w.User(ctx, m.From)
	if err != nil {
		return 0, false, err
	}
	var peer int64
	if m.Type == Chat {
		if peer, err = w.User(ctx, m.To); err != nil {
			return 0, false, err
		}
	}
	c, err := w.conversation(ctx, m.Type, m.To, sender, peer)
	if err != nil {
		return 0, false, err
	}
	if m.Imported && m.Timestamp <= c.importTS {
		return 0, false, ErrTimestamp
	}
	if id, err := w.resent(ctx, sender, m); err != nil || id != 0 {
		return id, false, err
	}
	if m.ID, added, err = w.insert(ctx, c, sender, m); err != nil || !added {
		return m.ID, added, err
	}
	c.arrived(m)
	if err := w.enlist(ctx, c, sender, peer, m); err != nil || !m.Live {
		return m.ID, true, err
	}
	return m.ID, true, w.sent(ctx, c, sender, m)
}

func (w *Writer) insert(ctx context.Context, c *conversation, sender int64, m Message) (id uint64, added bool, err error) {
	const query = `INSERT INTO messages(id, conversation, ts, seq, sender, kind, flags, body, payload, origin)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING`
	flags := 0
	if m.Imported {
		flags = flagImported
	}
	given := m.ID != 0
	origin := sql.NullString{String: m.Device, Valid: m.Live}
	for {
		if !given {
			if m.ID, err = w.newID(ctx); err != nil {
				return 0, false, err
			}
		}
		n, err := w.affected(ctx, query, dbID(m.ID), c.id, m.Timestamp, c.seq+1, sender, kindNumber(m.Kind), flags, m.Body, m.Payload, origin)
		// A new ID may have been taken by a history file's message: try the next.
		if err != nil || n > 0 || given {
			return m.ID, n > 0, err
		}
	}
}

// arrived counts a message that was just stored.
func (c *conversation) arrived(m Message) {
	c.dirty = true
	c.seq++
	if m.Timestamp < c.maxTS {
		c.lateSeq = c.seq
	}
	c.maxTS = max(c.maxTS, m.Timestamp)
	if m.Live {
		c.liveSeq = c.seq
	}
	if m.Imported {
		c.importTS = m.Timestamp
		return
	}
	c.activity++
	if c.activity == 1 || comparePosition(m.Timestamp, dbID(m.ID), c.lastTS, c.lastID) > 0 {
		c.lastTS, c.lastID = m.Timestamp, dbID(m.ID)
	}
}

// comparePosition orders messages: by timestamp, then by ID.
func comparePosition(ts, id, ts2, id2 int64) int {
	return cmp.Or(cmp.Compare(ts, ts2), cmp.Compare(id, id2))
}

// enlist makes the views of those who take part. A group's other members have
// theirs since they joined; rooms are on nobody's list.
func (w *Writer) enlist(ctx context.Context, c *conversation, sender, peer int64, m Message) error {
	if m.Type == Room {
		return nil
	}
	role := 0
	if m.Type == Group && !m.Imported {
		role = 1
	}
	v, err := w.view(ctx, c, sender, peer, role, m.Imported)
	if err != nil {
		return err
	}
	if !m.Imported {
		v.own++ // one's own messages are not unread
	}
	if m.Type == Chat && peer != sender {
		_, err = w.view(ctx, c, peer, sender, 0, m.Imported)
	}
	return err
}

// view makes a user's view of c unless there is one. quiet keeps a new one
// off the list; otherwise the message that just arrived puts it there.
func (w *Writer) view(ctx context.Context, c *conversation, user, peer int64, role int, quiet bool) (*view, error) {
	k := viewKey{user, c.id}
	if v, ok := w.views[k]; ok {
		return v, nil
	}
	seen, seq := c.activity, c.seq
	if !quiet {
		seen, seq = seen-1, seq-1
	}
	err := w.exec(ctx, `INSERT INTO views(user, conversation, peer, role, joined_seq, removed_at, read_at)
		VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET role = max(role, excluded.role)`,
		user, c.id, peer, role, seq, seen, seen)
	if err != nil {
		return nil, fmt.Errorf("joining a conversation: %w", err)
	}
	v := &view{}
	w.views[k] = v
	return v, nil
}
