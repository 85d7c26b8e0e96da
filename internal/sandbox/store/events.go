package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	MessageSent         EventKind = "message"
	MessageRecalled     EventKind = "recall"
	MessageEdited       EventKind = "edit"
	MessageDelivered    EventKind = "delivered"
	MessageRead         EventKind = "read"
	ConversationRead    EventKind = "read_conversation"
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
	Refused             EventKind = "refusal"
)

// IsQueued reports whether such an event put an item on the conversation's queue.
func (k EventKind) IsQueued() bool {
	switch k {
	case MessageSent, MessageRecalled, MessageEdited, MessageDelivered, MessageRead, ConversationRead:
		return true
	default:
		return false
	}
}

// Event is something that happened.
type Event struct {
	Seq          int64 // ascending
	Time         int64 // Unix ms
	Kind         EventKind
	User         string   // who did it, or whose history it is
	Device       string   // the user's device that did it; "" for none
	Type         ChatType // 0 when it is about no conversation
	Conversation string   // the peer's user ID, or the group's or room's ID
	MessageID    uint64   // 0 when it is about no message
	Detail       string   // for people; it can quote a message
	Refusal      *Refusal // of a Refused event

	ConversationID int64 // for Participants
	userID         int64
}

// Sizes of the log of events.
const (
	eventsKept = 10_000
	pruneEvery = 500
	// lookEvery is how often events of other processes are looked for.
	lookEvery = 100 * time.Millisecond
)

// record adds an event in a transaction and deletes old ones now and then.
func (s *Store) record(ctx context.Context, tx *sql.Tx, e Event) error {
	r, err := tx.ExecContext(ctx, `INSERT INTO events(ts, kind, user, device, conversation, type, peer, message, detail)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.now().UnixMilli(), string(e.Kind), e.userID, e.Device, e.ConversationID, e.Type, e.Conversation,
		dbID(e.MessageID), e.Detail)
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

// LastEvent returns the newest event's Seq, 0 if there is none.
func (s *Store) LastEvent(ctx context.Context) (int64, error) {
	var seq int64
	err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM events").Scan(&seq)
	return seq, err
}

// Events reads up to limit events after a Seq, the oldest first.
func (s *Store) Events(ctx context.Context, after int64, limit int) ([]Event, error) {
	return queryAll(ctx, s.db, "reading events", func(rows *sql.Rows, e *Event) error {
		var id int64
		err := rows.Scan(&e.Seq, &e.Time, &e.Kind, &e.User, &e.Device, &e.ConversationID, &e.Type, &e.Conversation, &id, &e.Detail, &e.userID)
		e.MessageID = wireID(id)
		if err != nil || e.Kind != Refused {
			return err
		}
		return e.readRefusal()
	}, `SELECT e.seq, e.ts, e.kind, coalesce(u.name, ''), e.device, e.conversation, e.type, e.peer, e.message, e.detail, e.user
		FROM events e LEFT JOIN users u ON u.id = e.user WHERE e.seq > ? ORDER BY e.seq LIMIT ?`, after, limit)
}

// NextEvents is Events that waits until there is one. It sees an event of this
// process at once and one of another process within lookEvery.
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

// Participant is a user who takes part in a conversation, with the name that it
// has for the user.
type Participant struct{ User, Peer string }

// Participants lists who takes part in a conversation.
func (s *Store) Participants(ctx context.Context, conversation int64) ([]Participant, error) {
	return queryAll(ctx, s.db, "reading the participants", func(rows *sql.Rows, p *Participant) error { return rows.Scan(&p.User, &p.Peer) },
		`SELECT u.name, coalesce(p.name, substr(c.name, 2)) FROM views v
		JOIN conversations c ON c.id = v.conversation JOIN users u ON u.id = v.user LEFT JOIN users p ON p.id = v.peer
		WHERE v.conversation = ? AND (c.kind = 1 OR v.role > 0)`, conversation)
}

// changes wakes those who wait for a commit.
type changes struct {
	mu sync.Mutex
	c  chan struct{}
}

func newChanges() *changes { return &changes{c: make(chan struct{})} }

// next returns a channel that the next broadcast closes.
func (c *changes) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.c
}

func (c *changes) broadcast() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.c)
	c.c = make(chan struct{})
}
