package store

import (
	"context"
	"fmt"
	"strings"
)

// condition is a piece of SQL with its arguments.
type condition struct {
	sql  strings.Builder
	args []any
}

func (c *condition) and(sql string, args ...any) {
	c.sql.WriteString(" AND ")
	c.sql.WriteString(sql)
	c.args = append(c.args, args...)
}

// among adds column IN (...); no values means no condition.
func among[T any](c *condition, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	c.and(column+" IN (?"+strings.Repeat(",?", len(values)-1)+")", args...)
}

// scope is what a user may see at all, whatever was deleted.
type scope struct {
	oldest          int64 // Unix ms: older messages are no longer kept; 0 for no bound
	sinceJoiningSeq bool  // a group's members see only what came after they joined
}

// anyVisible tells whether the user of d has a message left. It looks at both
// ends first: whoever deletes a long history bit by bit begins at one of them,
// and to pass over all that is gone each time would take ever longer.
func (s *Store) anyVisible(ctx context.Context, q querier, d side) (found bool, err error) {
	const few, all = 200, -1
	c, err := s.visible(ctx, q, d, scope{})
	if err != nil {
		return false, err
	}
	for _, look := range []struct {
		order string
		rows  int
	}{{"ts DESC, id DESC", few}, {"ts, id", few}, {"ts, id", all}} {
		text := "SELECT EXISTS(SELECT 1 FROM (SELECT id, conversation, ts, seq, flags FROM messages WHERE conversation = ? ORDER BY " +
			look.order + " LIMIT ?) m WHERE " + c.sql.String() + ")"
		args := append([]any{d.id, look.rows}, c.args...)
		if err := q.QueryRowContext(ctx, text, args...).Scan(&found); err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// visible are the messages of d that its user sees.
func (s *Store) visible(ctx context.Context, q querier, d side, sc scope) (*condition, error) {
	c := &condition{}
	c.sql.WriteString("m.conversation = ?")
	c.args = append(c.args, d.id)
	c.and("m.flags < ?", flagRecalled)
	if sc.sinceJoiningSeq && d.kind == Group {
		c.and("m.seq > ?", d.joinedSeq)
	}
	rows, err := q.QueryContext(ctx, "SELECT ts, seq FROM cleared WHERE user = ? AND conversation = ?", d.user, d.id)
	if err != nil {
		return nil, fmt.Errorf("reading what was deleted: %w", err)
	}
	defer func() { _ = rows.Close() }()
	oldest := sc.oldest
	for rows.Next() {
		var ts, seq int64
		if err := rows.Scan(&ts, &seq); err != nil {
			return nil, fmt.Errorf("reading what was deleted: %w", err)
		}
		c.and("NOT (m.ts <= ? AND m.seq <= ?)", ts, seq)
		if d.lateSeq <= seq {
			// Whatever came after the deletion came in order, so nothing
			// before ts is visible and need not be looked at.
			oldest = max(oldest, ts)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading what was deleted: %w", err)
	}
	if oldest > 0 {
		c.and("m.ts >= ?", oldest)
	}
	c.and("NOT EXISTS (SELECT 1 FROM deleted x WHERE x.user = ? AND x.id = m.id)", d.user)
	return c, nil
}
