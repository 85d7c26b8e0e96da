package store

import (
	"context"
	"database/sql"
)

// anyVisible reports whether the user of d has a message left. It looks at both
// ends first: a long history is deleted batch by batch from one of them, and each
// batch would otherwise skip everything that was deleted before.
func (s *Store) anyVisible(ctx context.Context, q querier, d side) (found bool, err error) {
	const few, all = 200, -1
	c, err := s.visible(ctx, q, d, false)
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

// visible returns the condition on the messages of d that its user sees. live adds
// the signals that devices receive, and leaves out what was sent before the user
// joined a group.
func (s *Store) visible(ctx context.Context, q querier, d side, live bool) (*condition, error) {
	c := &condition{}
	c.sql.WriteString("m.conversation = ?")
	c.args = append(c.args, d.id)
	if live {
		c.and("(m.flags < ? OR m.flags >= ?)", flagRecalled, flagSignal)
	} else {
		c.and("m.flags < ?", flagRecalled)
	}
	if live && d.kind == Group {
		c.and("m.seq > ?", d.joinedSeq)
	}
	type mark struct{ ts, seq int64 }
	cleared, err := queryAll(ctx, q, "reading what was deleted", func(rows *sql.Rows, m *mark) error { return rows.Scan(&m.ts, &m.seq) },
		"SELECT ts, seq FROM cleared WHERE user = ? AND conversation = ?", d.user, d.id)
	if err != nil {
		return nil, err
	}
	oldest := int64(0)
	for _, m := range cleared {
		c.and("NOT (m.ts <= ? AND m.seq <= ?)", m.ts, m.seq)
		if d.lateSeq <= m.seq {
			// Whatever was stored after the deletion was stored in order: no
			// message before ts is visible.
			oldest = max(oldest, m.ts)
		}
	}
	if oldest > 0 {
		c.and("m.ts >= ?", oldest)
	}
	c.and("NOT EXISTS (SELECT 1 FROM deleted x WHERE x.user = ? AND x.id = m.id)", d.user)
	return c, nil
}
