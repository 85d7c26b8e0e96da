package store

import (
	"context"
	"database/sql"
	"strconv"
)

// maxPinned is how many conversations a user can pin (docs/contract.md, section 2).
const maxPinned = 50

// Pin pins or unpins a conversation on its user's list at a time (Unix ms). It
// returns ErrNotFound if it is not on the list, ErrTooMany past 50.
func (s *Store) Pin(ctx context.Context, ref Ref, pinned bool, at int64) error {
	kind := Pinned
	if !pinned {
		kind, at = Unpinned, 0
	}
	return s.changeEntry(ctx, ref, "top_ts = ?", at, kind, "", func(tx *sql.Tx, d side) error {
		var others int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM views WHERE user = ? AND top_ts > 0 AND conversation <> ?", d.user, d.id).Scan(&others)
		if err == nil && pinned && others >= maxPinned {
			return ErrTooMany
		}
		return err
	})
}

// Mark sets or removes a mark (0..19). It returns ErrNotFound if the
// conversation is not on the list.
func (s *Store) Mark(ctx context.Context, ref Ref, mark int, on bool) error {
	kind, set := Marked, "marks = marks | ?"
	if !on {
		kind, set = Unmarked, "marks = marks & ~?"
	}
	return s.changeEntry(ctx, ref, set, 1<<mark, kind, "mark_"+strconv.Itoa(mark), func(*sql.Tx, side) error { return nil })
}

// changeEntry sets a column of an entry on a user's list, unless check fails,
// and notifies the user's other devices.
func (s *Store) changeEntry(ctx context.Context, ref Ref, set string, value int64, kind EventKind, detail string, check func(*sql.Tx, side) error) error {
	found := false
	err := s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		if err := check(tx, d); err != nil {
			return err
		}
		//nolint:gosec // set is one of the constants above
		r, err := tx.ExecContext(ctx, "UPDATE views SET "+set+" WHERE user = ? AND conversation = ? AND removed_at < ?",
			value, d.user, d.id, d.activity)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if found = n > 0; err != nil || !found {
			return err
		}
		return s.notifyChange(ctx, tx, d, ref, kind, detail)
	})
	if err == nil && !found {
		return missing(sql.ErrNoRows, "conversation", ref.Peer)
	}
	return err
}
