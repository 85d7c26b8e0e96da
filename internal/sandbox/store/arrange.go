package store

import (
	"context"
	"fmt"
)

// Arrangement is how a user keeps a conversation.
type Arrangement struct {
	PinnedAt int64 // Unix ms; 0 for not pinned
	Marks    []int // 0..19
	Unread   int64 // messages not read yet
}

// Arrange sets pin, marks and unread count of one user's view of a
// conversation that this batch has appended to.
func (w *Writer) Arrange(ctx context.Context, kind ChatType, user, peer string, a Arrangement) error {
	id, err := w.User(ctx, user)
	if err != nil {
		return err
	}
	var other int64
	if kind == Chat {
		if other, err = w.User(ctx, peer); err != nil {
			return err
		}
	}
	c, err := w.conversation(ctx, kind, peer, id, other)
	if err != nil {
		return err
	}
	marks := 0
	for _, m := range a.Marks {
		marks |= 1 << m
	}
	if v, ok := w.views[viewKey{id, c.id}]; ok {
		v.own = 0 // counted in what is set here
	}
	n, err := w.affected(ctx, "UPDATE views SET top_ts = ?, marks = ?, read_at = ? WHERE user = ? AND conversation = ?",
		a.PinnedAt, marks, max(0, c.activity-a.Unread), id, c.id)
	if err == nil && n == 0 {
		return fmt.Errorf("conversation %q of %s: %w", peer, user, ErrNotFound)
	}
	return err
}
