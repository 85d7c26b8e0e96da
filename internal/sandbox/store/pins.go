package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
)

// maxPinned is how many conversations a user can pin (contract, section 2).
const maxPinned = 50

// Pin pins or unpins a conversation on its user's list at a time (Unix ms).
// ErrNotFound when it is not on the list, ErrTooMany past 50.
func (s *Store) Pin(ctx context.Context, ref Ref, pinned bool, at int64) error {
	found := false
	err := s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		var others int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM views WHERE user = ? AND top_ts > 0 AND conversation <> ?", d.user, d.id).Scan(&others)
		if err != nil {
			return err
		}
		if pinned && others >= maxPinned {
			return ErrTooMany
		}
		if !pinned {
			at = 0
		}
		if found, err = changeListed(ctx, tx, d, "top_ts = ?", at); err != nil || !found {
			return err
		}
		kind := Pinned
		if !pinned {
			kind = Unpinned
		}
		return s.arranged(ctx, tx, d, ref, kind, "")
	})
	if err == nil && !found {
		return fmt.Errorf("conversation %q: %w", ref.Peer, ErrNotFound)
	}
	return err
}

// Mark sets or takes away a mark (0..19); ErrNotFound when the conversation is
// not on the list.
func (s *Store) Mark(ctx context.Context, ref Ref, mark int, on bool) error {
	found := false
	err := s.change(ctx, ref, func(tx *sql.Tx, d side) (err error) {
		set := "marks = marks & ~?"
		if on {
			set = "marks = marks | ?"
		}
		if found, err = changeListed(ctx, tx, d, set, 1<<mark); err != nil || !found {
			return err
		}
		kind := Marked
		if !on {
			kind = Unmarked
		}
		return s.arranged(ctx, tx, d, ref, kind, "mark_"+strconv.Itoa(mark))
	})
	if err == nil && !found {
		return fmt.Errorf("conversation %q: %w", ref.Peer, ErrNotFound)
	}
	return err
}

func changeListed(ctx context.Context, tx *sql.Tx, d side, set string, value int64) (bool, error) {
	//nolint:gosec // set is one of the constants above
	r, err := tx.ExecContext(ctx, "UPDATE views SET "+set+" WHERE user = ? AND conversation = ? AND removed_at < ?",
		value, d.user, d.id, d.activity)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// MarkRead sets the unread count of a user's conversation to 0.
func (s *Store) MarkRead(ctx context.Context, ref Ref) error {
	return s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		_, err := tx.ExecContext(ctx, "UPDATE views SET read_at = ? WHERE user = ? AND conversation = ?", d.activity, d.user, d.id)
		return err
	})
}
