package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
)

// Sent yields what the whole app sent from one time to another, both included: every
// message as it was sent, whatever was deleted or recalled since. The order is of
// conversations, not of times. It ends at the first error.
func (s *Store) Sent(ctx context.Context, from, to int64) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		rows, err := s.db.QueryContext(ctx, `SELECT m.id, m.ts, s.name, c.kind, coalesce(p.name, substr(c.name, 2)), m.body
			FROM conversations c CROSS JOIN messages m ON m.conversation = c.id JOIN users s ON s.id = m.sender
			LEFT JOIN views v ON c.kind = ? AND v.user = m.sender AND v.conversation = c.id LEFT JOIN users p ON p.id = v.peer
			WHERE m.ts BETWEEN ? AND ? AND m.flags < ?`, Chat, from, to, flagSignal)
		if err != nil {
			yield(Message{}, fmt.Errorf("reading what was sent: %w", err))
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var m Message
			if err := scanSent(rows, &m); err != nil || !yield(m, nil) {
				if err != nil {
					yield(Message{}, fmt.Errorf("reading what was sent: %w", err))
				}
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Message{}, fmt.Errorf("reading what was sent: %w", err))
		}
	}
}

func scanSent(rows *sql.Rows, m *Message) error {
	var id int64
	err := rows.Scan(&id, &m.Timestamp, &m.From, &m.Type, &m.To, &m.Body)
	m.ID = wireID(id)
	return err
}
