package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Device is one of a user's devices.
type Device struct {
	User     string
	Resource string // its name, unique among the user's
}

// Queue holds what a device has yet to download: messages of a conversation, or
// notices on the user's own queue (docs/contract.md, section 13).
type Queue struct {
	Peer       string // a user ID, a group's ID, or the user's own for notices
	Conference bool
}

// Waiting is a queue that is not empty.
type Waiting struct {
	Queue
	Count int
}

// Item is on a queue: a message, or a notice.
type Item struct {
	Seq     int64 // its place on the queue
	Message Message
	Notice  []byte // a notice's JSON; nil for a message
}

// devicesKept is how many devices of a user are remembered: each page load of
// a web client is a new device.
const devicesKept = 1000

// noticesQueue is the conversation that stands for notices.
const noticesQueue = 0

// Login records that a device connected. A new one begins with the messages that
// none of the user's devices has downloaded, and without notices: it has no
// history that could be stale. Login returns ErrNotFound for an unknown user.
func (s *Store) Login(ctx context.Context, d Device) error {
	return s.deviceEvent(ctx, d, LoggedIn, func(tx *sql.Tx, user int64) error {
		var known int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM devices WHERE user = ? AND resource = ?", user, d.Resource).Scan(&known)
		if err != nil {
			return err
		}
		queries := []string{"INSERT INTO devices VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET seen = excluded.seen"}
		if known == 0 {
			queries = append(queries,
				`INSERT OR IGNORE INTO handed SELECT user, ?2, conversation, seq FROM handed WHERE user = ?1 AND resource = ''`,
				`INSERT OR REPLACE INTO handed SELECT ?1, ?2, 0, coalesce(max(seq), 0) FROM notices`,
				`DELETE FROM devices WHERE user = ?1 AND resource <> ?2 AND resource NOT IN
					(SELECT resource FROM devices WHERE user = ?1 ORDER BY seen DESC LIMIT ?4)`,
				`DELETE FROM handed WHERE user = ?1 AND resource NOT IN ('', ?2) AND resource NOT IN
					(SELECT resource FROM devices WHERE user = ?1)`)
		}
		return execAll(ctx, tx, queries, user, d.Resource, s.now().UnixMilli(), devicesKept)
	})
}

// Logout records that a device disconnected.
func (s *Store) Logout(ctx context.Context, d Device) error {
	return s.deviceEvent(ctx, d, LoggedOut, func(*sql.Tx, int64) error { return nil })
}

// deviceEvent runs fn in a transaction and records an event of the device.
func (s *Store) deviceEvent(ctx context.Context, d Device, kind EventKind, fn func(tx *sql.Tx, user int64) error) error {
	u, err := s.FindUser(ctx, d.User)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		err := fn(tx, u.ID)
		if err == nil {
			err = s.record(ctx, tx, Event{Kind: kind, Device: d.Resource, userID: u.ID})
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", kind, d.User, err)
		}
		return nil
	})
}

// Waiting lists a device's queues that are not empty.
func (s *Store) Waiting(ctx context.Context, d Device) ([]Waiting, error) {
	u, err := s.FindUser(ctx, d.User)
	if err != nil {
		return nil, err
	}
	queues, err := s.queues(ctx, u.ID, d)
	if err != nil {
		return nil, err
	}
	var waiting []Waiting
	for _, q := range queues {
		items, _, err := s.Next(ctx, d, q, 0, maxCounted)
		if err != nil {
			return nil, err
		}
		if len(items) > 0 {
			waiting = append(waiting, Waiting{Queue: q, Count: len(items)})
		}
	}
	return waiting, nil
}

// maxCounted bounds the count of a queue's items, which is only shown.
const maxCounted = 1000

// queues lists the queue of notices, and the conversations with messages that
// the device has not confirmed. It leaves out what users write to themselves:
// that would share the queue of notices, and docs/contract.md does not say how.
func (s *Store) queues(ctx context.Context, user int64, d Device) ([]Queue, error) {
	queues, err := queryAll(ctx, s.db, "reading the queues of "+d.User, func(rows *sql.Rows, q *Queue) error {
		var kind ChatType
		var name string
		var peer sql.NullString
		err := rows.Scan(&kind, &name, &peer)
		*q = Queue{Peer: peer.String}
		if kind != Chat {
			*q = Queue{Peer: strings.TrimPrefix(name, "#"), Conference: true}
		}
		return err
	}, `SELECT c.kind, c.name, p.name FROM views v
		JOIN conversations c ON c.id = v.conversation LEFT JOIN users p ON p.id = v.peer
		LEFT JOIN handed h ON h.user = v.user AND h.resource = ? AND h.conversation = c.id
		WHERE v.user = ? AND c.live_seq > coalesce(h.seq, 0) AND v.peer <> v.user AND (c.kind = 1 OR v.role > 0)
		ORDER BY c.id`, d.Resource, user)
	return append([]Queue{{Peer: d.User}}, queues...), err
}

// Next reads up to limit items of a queue, after a place and after what the
// device has confirmed. It leaves out what the device itself caused.
func (s *Store) Next(ctx context.Context, d Device, q Queue, after int64, limit int) (items []Item, newest int64, err error) {
	ref := Ref{User: d.User, Peer: q.Peer, Conference: q.Conference}
	sd, err := s.side(ctx, s.db, ref)
	if err != nil {
		return nil, 0, err
	}
	if q == (Queue{Peer: d.User}) {
		return s.notices(ctx, sd.user, d, after, limit)
	}
	if !sd.visible || sd.kind == Room {
		return nil, 0, nil
	}
	if after, err = s.confirmed(ctx, sd.user, d, sd.id, after); err != nil {
		return nil, 0, err
	}
	items, err = s.waitingMessages(ctx, sd, ref, d, after, limit)
	return items, sd.seq, err
}

func (s *Store) waitingMessages(ctx context.Context, sd side, ref Ref, d Device, after int64, limit int) ([]Item, error) {
	// A group's new members do not get earlier messages.
	c, err := s.visible(ctx, s.db, sd, true)
	if err != nil {
		return nil, err
	}
	c.and("m.origin IS NOT NULL")
	c.and("m.seq > ?", after)
	c.and("m.receiver IN (0, ?)", sd.user)
	c.and("NOT (m.sender = ? AND m.origin = ?)", sd.user, d.Resource)
	return queryAll(ctx, s.db, "reading messages for "+d.User, func(rows *sql.Rows, i *Item) error {
		return scanMessage(rows, &i.Message, sd, ref, &i.Seq, &i.Message.Device)
	}, "SELECT "+messageColumns+", m.seq, m.origin FROM messages m WHERE "+c.sql.String()+" ORDER BY m.seq LIMIT ?", append(c.args, limit)...)
}

func (s *Store) notices(ctx context.Context, user int64, d Device, after int64, limit int) (items []Item, newest int64, err error) {
	if after, err = s.confirmed(ctx, user, d, noticesQueue, after); err != nil {
		return nil, 0, err
	}
	if err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM notices").Scan(&newest); err != nil {
		return nil, 0, fmt.Errorf("reading notices for %s: %w", d.User, err)
	}
	items, err = queryAll(ctx, s.db, "reading notices for "+d.User, func(rows *sql.Rows, i *Item) error {
		return rows.Scan(&i.Seq, &i.Message.Timestamp, &i.Notice)
	}, `SELECT seq, ts, payload FROM notices
		WHERE user = ? AND seq > ? AND (origin = '' OR origin <> ?) ORDER BY seq LIMIT ?`, user, after, d.Resource, limit)
	return items, newest, err
}

// confirmed returns the greater of after and what the device has confirmed.
func (s *Store) confirmed(ctx context.Context, user int64, d Device, conversation, after int64) (int64, error) {
	var seq int64
	err := s.db.QueryRowContext(ctx, "SELECT seq FROM handed WHERE user = ? AND resource = ? AND conversation = ?",
		user, d.Resource, conversation).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("reading what %s has confirmed: %w", d.User, err)
	}
	return max(after, seq), nil
}

// Confirm records that a device has everything on a queue up to a place.
func (s *Store) Confirm(ctx context.Context, d Device, q Queue, seq int64) error {
	sd, err := s.side(ctx, s.db, Ref{User: d.User, Peer: q.Peer, Conference: q.Conference})
	if err != nil {
		return err
	}
	conversation, rows := sd.id, []string{d.Resource, ""}
	if q == (Queue{Peer: d.User}) {
		conversation, rows = noticesQueue, rows[:1]
	} else if !sd.visible {
		return nil
	}
	for _, resource := range rows {
		_, err := s.db.ExecContext(ctx, `INSERT INTO handed VALUES(?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)`, sd.user, resource, conversation, seq)
		if err != nil {
			return fmt.Errorf("recording what %s has confirmed: %w", d.User, err)
		}
	}
	return nil
}

// TypeOf returns the type of a conversation, and whether the user takes part in it.
func (s *Store) TypeOf(ctx context.Context, ref Ref) (kind ChatType, visible bool, err error) {
	d, err := s.side(ctx, s.db, ref)
	return d.kind, d.visible, err
}

// CanSend reports whether a user's client can write to a conversation: to a user
// who exists, a group that the user is in, a room that exists.
func (s *Store) CanSend(ctx context.Context, ref Ref, kind ChatType) (bool, error) {
	if kind == Chat {
		_, err := s.FindUser(ctx, ref.Peer)
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
	d, err := s.side(ctx, s.db, ref)
	return err == nil && d.visible && d.kind == kind, err
}
