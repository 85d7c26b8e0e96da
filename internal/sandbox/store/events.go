package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	MessageSent         EventKind = "message"
	MessagesDeleted     EventKind = "delete"
	EverythingDeleted   EventKind = "delete_everything"
	ConversationDeleted EventKind = "delete_conversation"
	Pinned              EventKind = "pin"
	Unpinned            EventKind = "unpin"
	Marked              EventKind = "mark"
	Unmarked            EventKind = "unmark"
	NoticePut           EventKind = "notice"
	LoggedIn            EventKind = "login"
	LoggedOut           EventKind = "logout"
)

// Event is something that happened.
type Event struct {
	Seq          int64 // rises
	Time         int64 // Unix ms
	Kind         EventKind
	User         string   // who did it, or whose it was
	Device       string   // the user's device that did it; "" for none
	Type         ChatType // 0 when it is about no conversation
	Conversation string   // the peer's user ID, the group's or the room's ID
	MessageID    uint64   // 0 when it is about no message
	Detail       string   // for people; may hold what strangers wrote

	ConversationID int64 // for Audience
	userID         int64
}

// Sizes of the log of events.
const (
	eventsKept = 10_000
	pruneEvery = 500
	// lookEvery is how soon a change by another process is seen.
	lookEvery = 100 * time.Millisecond
)

const insertEvent = `INSERT INTO events(ts, kind, user, device, conversation, type, peer, message, detail)
	VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (e Event) values(now time.Time) []any {
	return []any{now.UnixMilli(), string(e.Kind), e.userID, e.Device, e.ConversationID, e.Type, e.Conversation, dbID(e.MessageID), e.Detail}
}

// record adds an event in a transaction and drops old ones now and then.
func (s *Store) record(ctx context.Context, tx *sql.Tx, e Event) error {
	r, err := tx.ExecContext(ctx, insertEvent, e.values(s.now())...)
	if err != nil {
		return fmt.Errorf("recording an event: %w", err)
	}
	seq, err := r.LastInsertId()
	if err != nil || seq%pruneEvery != 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM events WHERE seq <= ?", seq-eventsKept)
	return err
}

// LastEvent is the newest event's Seq, 0 when there is none.
func (s *Store) LastEvent(ctx context.Context) (int64, error) {
	var seq int64
	err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM events").Scan(&seq)
	return seq, err
}

// Events reads up to limit events behind a Seq, the oldest first.
func (s *Store) Events(ctx context.Context, after int64, limit int) ([]Event, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT e.seq, e.ts, e.kind, u.name, e.device, e.conversation, e.type, e.peer, e.message, e.detail, e.user
		FROM events e JOIN users u ON u.id = e.user WHERE e.seq > ? ORDER BY e.seq LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []Event
	for rows.Next() {
		var e Event
		var id int64
		err := rows.Scan(&e.Seq, &e.Time, &e.Kind, &e.User, &e.Device, &e.ConversationID, &e.Type, &e.Conversation, &id, &e.Detail, &e.userID)
		if err != nil {
			return nil, fmt.Errorf("reading events: %w", err)
		}
		e.MessageID = wireID(id)
		list = append(list, e)
	}
	return list, rows.Err()
}

// NextEvents is Events that waits until there is one. A change by this process
// is seen at once, one by another a tenth of a second later.
func (s *Store) NextEvents(ctx context.Context, after int64, limit int) ([]Event, error) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		changed := s.changes.next()
		list, err := s.Events(ctx, after, limit)
		if err != nil || len(list) > 0 {
			return list, err
		}
		select {
		case <-changed:
		case <-look.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Audience calls each for everybody who takes part in a conversation, with the
// name that it has for them.
func (s *Store) Audience(ctx context.Context, conversation int64, each func(user, peer string)) error {
	rows, err := s.db.QueryContext(ctx, `SELECT u.name, coalesce(p.name, substr(c.name, 2)) FROM views v
		JOIN conversations c ON c.id = v.conversation JOIN users u ON u.id = v.user LEFT JOIN users p ON p.id = v.peer
		WHERE v.conversation = ? AND (c.kind = 1 OR v.role > 0)`, conversation)
	if err != nil {
		return fmt.Errorf("reading who takes part: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var user, peer string
		if err := rows.Scan(&user, &peer); err != nil {
			return fmt.Errorf("reading who takes part: %w", err)
		}
		each(user, peer)
	}
	return rows.Err()
}

// changes tells those who wait that something was committed.
type changes struct {
	mu sync.Mutex
	c  chan struct{}
}

func newChanges() *changes { return &changes{c: make(chan struct{})} }

func (c *changes) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.c
}

func (c *changes) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.c)
	c.c = make(chan struct{})
}
