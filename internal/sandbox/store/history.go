package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
)

// HistoryQuery selects from one user's history of a conversation.
type HistoryQuery struct {
	Ref          Ref
	Down         bool     // oldest first
	Start        *uint64  // begin after this message; nil for the first page
	Limit        int      // messages a page
	Kinds        []string // only these
	Senders      []string // only messages of these users
	Since, Until int64    // Unix ms, inclusive; 0 for no bound
}

// History reads a page; last reports whether it is the last one.
//
// Messages are ordered by timestamp, then by ID, so that an imported message
// with a new ID stands where its timestamp says. A message stays in the database
// when a user deletes it, so that its ID is still a valid start. An ID that never
// existed stands where its neighbour by ID is, as IDs rise with time.
func (s *Store) History(ctx context.Context, q HistoryQuery) (page []Message, last bool, err error) {
	d, err := s.side(ctx, s.db, q.Ref)
	if err != nil {
		return nil, false, err
	}
	if !d.visible {
		return nil, true, nil
	}
	c, err := s.visible(ctx, s.db, d, false)
	if err != nil {
		return nil, false, err
	}
	if err := s.narrow(ctx, c, q); err != nil {
		return nil, false, err
	}
	page, err = s.messages(ctx, c, d, q.Ref, q.Down, q.Limit+1)
	if err != nil {
		return nil, false, err
	}
	if len(page) > q.Limit {
		return page[:q.Limit], false, nil
	}
	return page, true, nil
}

// narrow adds the query's start and filters to c.
func (s *Store) narrow(ctx context.Context, c *condition, q HistoryQuery) error {
	if q.Start != nil {
		ts, err := s.position(ctx, dbID(*q.Start))
		if err != nil {
			return err
		}
		if q.Down {
			c.and("(m.ts, m.id) > (?, ?)", ts, dbID(*q.Start))
		} else {
			c.and("(m.ts, m.id) < (?, ?)", ts, dbID(*q.Start))
		}
	}
	if q.Since > 0 {
		c.and("m.ts >= ?", q.Since)
	}
	if q.Until > 0 {
		c.and("m.ts <= ?", q.Until)
	}
	numbers := make([]int, len(q.Kinds))
	for i, k := range q.Kinds {
		numbers[i] = kindNumber(k)
	}
	in(c, "m.kind", numbers)
	if len(q.Senders) > 0 {
		named := &condition{}
		in(named, "name", q.Senders)
		c.and("m.sender IN (SELECT id FROM users WHERE 1"+named.sql.String()+")", named.args...)
	}
	return nil
}

// position returns the timestamp at which a message ID stands.
func (s *Store) position(ctx context.Context, id int64) (int64, error) {
	var ts int64
	err := s.db.QueryRowContext(ctx, "SELECT ts FROM messages WHERE id <= ? ORDER BY id DESC LIMIT 1", id).Scan(&ts)
	if errors.Is(err, sql.ErrNoRows) {
		return math.MinInt64, nil // before everything
	}
	if err != nil {
		return 0, fmt.Errorf("looking up message %d: %w", wireID(id), err)
	}
	return ts, nil
}

// messages reads up to limit messages that match c, in order.
func (s *Store) messages(ctx context.Context, c *condition, d side, ref Ref, down bool, limit int) ([]Message, error) {
	order := "m.ts DESC, m.id DESC"
	if down {
		order = "m.ts, m.id"
	}
	return queryAll(ctx, s.db, "reading messages", func(rows *sql.Rows, m *Message) error { return scanMessage(rows, m, d, ref) },
		"SELECT "+messageColumns+" FROM messages m WHERE "+c.sql.String()+" ORDER BY "+order+" LIMIT ?", append(c.args, limit)...)
}

const messageColumns = "m.id, m.ts, (SELECT name FROM users WHERE id = m.sender), m.kind, m.flags, m.body, m.payload"

// scanMessage reads messageColumns, and the columns after them into more.
func scanMessage(rows *sql.Rows, m *Message, d side, ref Ref, more ...any) error {
	m.Type, m.To = d.kind, ref.Peer
	var id int64
	var kind, flags int
	err := rows.Scan(append([]any{&id, &m.Timestamp, &m.From, &kind, &flags, &m.Body, &m.Payload}, more...)...)
	m.ID, m.Imported, m.Kind = wireID(id), flags&flagImported != 0, "unknown"
	if kind > 0 {
		m.Kind = kinds[kind-1]
	}
	if d.kind == Chat && m.From != ref.User {
		m.To = ref.User
	}
	return err
}
