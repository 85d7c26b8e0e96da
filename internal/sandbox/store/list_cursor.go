package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
)

// ListCursor remembers the list as it was when its first page was read, so that
// a conversation that moves up meanwhile is not missed.
type ListCursor struct {
	Top Position // the newest activity then
	End Position // where the page before ended
}

// afterCursor keeps the candidates that earlier pages did not show: those that
// stood after the cursor when the first page was read. A conversation that has
// moved to the top since keeps the place that it had then. One that is new since
// is left out: the next listing shows it first.
func (s *Store) afterCursor(ctx context.Context, list []candidate, cur ListCursor) ([]candidate, error) {
	var kept []candidate
	for _, c := range list {
		if cur.Top.after(c.position) {
			p, ok, err := s.activityBy(ctx, c.id, cur.Top)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			c.position = p
		}
		if c.position.after(cur.End) {
			kept = append(kept, c)
		}
	}
	slices.SortFunc(kept, func(a, b candidate) int {
		return comparePosition(b.position.TS, b.position.ID, a.position.TS, a.position.ID)
	})
	return kept, nil
}

// activityBy returns the position of a conversation's newest client's message at
// or before top.
func (s *Store) activityBy(ctx context.Context, conversation int64, top Position) (p Position, ok bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT ts, id FROM messages WHERE conversation = ? AND (ts, id) <= (?, ?)
		AND flags & ? = 0 ORDER BY ts DESC, id DESC LIMIT 1`, conversation, top.TS, top.ID, flagImported).Scan(&p.TS, &p.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("reading a conversation's activity: %w", err)
	}
	return p, true, nil
}

// String returns the cursor as clients see it. It is opaque to them.
func (c ListCursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d.%d", c.Top.TS, c.Top.ID, c.End.TS, c.End.ID))
}

// ParseListCursor parses the result of String.
func ParseListCursor(text string) (*ListCursor, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("cursor %q: %w", text, err)
	}
	var c ListCursor
	if _, err := fmt.Sscanf(string(b), "%d.%d.%d.%d", &c.Top.TS, &c.Top.ID, &c.End.TS, &c.End.ID); err != nil {
		return nil, fmt.Errorf("cursor %q: %w", text, err)
	}
	return &c, nil
}
