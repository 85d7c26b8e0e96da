package store

import (
	"context"
)

// Join puts users into a group, or opens a room, and creates it if there is
// none of that ID; owner may be "". It puts nothing on the users' lists: the
// next message does.
func (w *Writer) Join(ctx context.Context, kind ChatType, id, owner string, members ...string) error {
	ctx = context.WithoutCancel(ctx)
	c, err := w.conversation(ctx, kind, id, 0, 0)
	if err != nil || kind == Room {
		return err
	}
	join := func(name string, role int) error {
		id, err := w.user(ctx, name, w.s.now().UnixMilli())
		if err == nil {
			c.view(id, 0, role, true)
		}
		return err
	}
	if owner != "" {
		if err := join(owner, roleOwner); err != nil {
			return err
		}
	}
	for _, name := range members {
		if err := join(name, roleMember); err != nil {
			return err
		}
	}
	return nil
}

// Arrangement is how a user keeps a conversation.
type Arrangement struct {
	PinnedAt int64 // Unix ms; 0 for not pinned
	Marks    []int // 0..19
	Unread   int64 // messages not read yet
	Removed  bool  // from the user's list, with its messages kept
}

// Arrange sets pin, marks and unread count of a user's view of a conversation, or
// removes it from the user's list.
func (w *Writer) Arrange(ctx context.Context, kind ChatType, user, peer string, a Arrangement) error {
	id, err := w.user(ctx, user, w.s.now().UnixMilli())
	if err != nil {
		return err
	}
	var other int64
	if kind == Chat {
		if other, err = w.user(ctx, peer, w.s.now().UnixMilli()); err != nil {
			return err
		}
	}
	c, err := w.conversation(ctx, kind, peer, id, other)
	if err != nil {
		return err
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	marks := 0
	for _, m := range a.Marks {
		marks |= 1 << m
	}
	removedAt := int64(-1)
	if a.Removed {
		removedAt = c.activity
	}
	return w.exec(ctx, "UPDATE views SET top_ts = ?, marks = ?, read_at = ?, removed_at = max(removed_at, ?) WHERE user = ? AND conversation = ?",
		a.PinnedAt, marks, max(0, c.activity-a.Unread), removedAt, id, c.id)
}
