package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// RecallRequest names a message to take back for everyone.
type RecallRequest struct {
	ID    uint64
	Type  ChatType
	To    string // one of a chat's two users, or the group's or room's ID
	From  string // the sender; "" for any
	Since int64  // Unix ms: older messages are not taken back; 0 for no bound
}

// Recall takes a message back for everyone. ErrNotFound when there is no such
// message, ErrLate when it is older than Since.
func (s *Store) Recall(ctx context.Context, q RecallRequest) error {
	tx, end, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("recalling message %d: %w", q.ID, err)
	}
	defer end()
	var kind ChatType
	var ts int64
	var name, sender string
	err = tx.QueryRowContext(ctx, `SELECT c.kind, c.name, m.ts, u.name FROM messages m
		JOIN conversations c ON c.id = m.conversation JOIN users u ON u.id = m.sender
		WHERE m.id = ? AND m.flags < ?`, dbID(q.ID), flagRecalled).Scan(&kind, &name, &ts, &sender)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("message %d: %w", q.ID, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("recalling message %d: %w", q.ID, err)
	}
	ok := name == conferenceName(q.To)
	if kind == Chat {
		if ok, err = takesPart(ctx, tx, name, q.To); err != nil {
			return fmt.Errorf("recalling message %d: %w", q.ID, err)
		}
	}
	if !ok || kind != q.Type || (q.From != "" && q.From != sender) {
		return fmt.Errorf("message %d: %w", q.ID, ErrNotFound)
	}
	if ts < q.Since {
		return fmt.Errorf("message %d: %w", q.ID, ErrLate)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE messages SET flags = flags | ? WHERE id = ?", flagRecalled, dbID(q.ID)); err != nil {
		return fmt.Errorf("recalling message %d: %w", q.ID, err)
	}
	return tx.Commit()
}

// takesPart tells whether a user is one of the two of a chat.
func takesPart(ctx context.Context, tx *sql.Tx, chat, user string) (bool, error) {
	var id string
	err := tx.QueryRowContext(ctx, "SELECT id FROM users WHERE name = ?", user).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return slices.Contains(strings.Split(chat, "/"), id), err
}
