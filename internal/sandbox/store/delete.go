package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// change runs fn in a transaction on one user's side of a conversation. It
// does nothing when the user takes no part in it.
func (s *Store) change(ctx context.Context, ref Ref, fn func(tx *sql.Tx, d side) error) error {
	tx, end, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("writing to the sandbox's data: %w", err)
	}
	defer end()
	d, err := s.side(ctx, tx, ref)
	if err != nil || !d.visible {
		return err
	}
	if err := fn(tx, d); err != nil {
		return fmt.Errorf("changing %s's view of %s: %w", ref.User, ref.Peer, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("changing %s's view of %s: %w", ref.User, ref.Peer, err)
	}
	s.changes.tell()
	return nil
}

// DeleteMessages takes messages from the user's history. IDs that are not of
// this conversation are ignored; repeating it is harmless.
func (s *Store) DeleteMessages(ctx context.Context, ref Ref, ids []uint64) error {
	return s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		for _, id := range ids {
			_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO deleted(user, id)
				SELECT ?, id FROM messages WHERE id = ? AND conversation = ?`, d.user, dbID(id), d.id)
			if err != nil {
				return err
			}
		}
		if err := s.hideIfEmpty(ctx, tx, d); err != nil {
			return err
		}
		return s.deleted(ctx, tx, d, ref, fmt.Sprintf("%d by ID", len(ids)))
	})
}

// DeleteUntil takes all messages up to and including a time (Unix ms) from the
// user's history.
func (s *Store) DeleteUntil(ctx context.Context, ref Ref, until int64) error {
	return s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		if err := clearUntil(ctx, tx, d, min(until, d.maxTS)); err != nil {
			return err
		}
		if err := s.hideIfEmpty(ctx, tx, d); err != nil {
			return err
		}
		return s.deleted(ctx, tx, d, ref, "until "+time.UnixMilli(until).UTC().Format(time.RFC3339Nano))
	})
}

// clearUntil marks everything that has arrived so far and is not newer than
// ts as gone: one row, however much that is. Marks that it covers go.
func clearUntil(ctx context.Context, tx *sql.Tx, d side, ts int64) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM cleared WHERE user = ? AND conversation = ? AND ts <= ?", d.user, d.id, ts)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO cleared VALUES(?, ?, ?, ?)", d.user, d.id, ts, d.seq)
	return err
}

// hideIfEmpty takes the conversation from the user's list when its last
// message went (contract, section 4), until a client sends the next.
func (s *Store) hideIfEmpty(ctx context.Context, tx *sql.Tx, d side) error {
	left, err := s.anyVisible(ctx, tx, d)
	if err != nil || left {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE views SET emptied_at = ?, read_at = ? WHERE user = ? AND conversation = ?",
		d.activity, d.activity, d.user, d.id)
	return err
}

// unlist is what becomes of a view when its conversation is deleted: pins and
// marks go with it [inferred].
const unlist = "UPDATE views SET removed_at = c.activity, read_at = c.activity, emptied_at = -1, top_ts = 0, marks = 0 " +
	"FROM conversations c WHERE c.id = views.conversation AND views.user = ?"

// DeleteConversation takes a conversation from the user's list, with its
// history or without. A new client's message brings it back.
func (s *Store) DeleteConversation(ctx context.Context, ref Ref, withMessages bool) error {
	return s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		if _, err := tx.ExecContext(ctx, unlist+" AND views.conversation = ?", d.user, d.id); err != nil {
			return err
		}
		if !withMessages {
			return s.arranged(ctx, tx, d, ref, ConversationDeleted, "")
		}
		if err := clearUntil(ctx, tx, d, d.maxTS); err != nil {
			return err
		}
		return s.arranged(ctx, tx, d, ref, ConversationDeleted, "with its messages")
	})
}

// DeleteEverything takes all history and conversations from a user, rooms
// included. Their devices hear nothing of it: the contract does not say what.
func (s *Store) DeleteEverything(ctx context.Context, user string) error {
	u, err := s.FindUser(ctx, user)
	if err != nil {
		return err
	}
	tx, end, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("writing to the sandbox's data: %w", err)
	}
	defer end()
	for _, query := range []string{
		"DELETE FROM cleared WHERE user = ?1",
		"DELETE FROM deleted WHERE user = ?1", // the marks below cover them
		`INSERT INTO cleared SELECT ?1, c.id, c.max_ts, c.seq FROM conversations c
			WHERE c.kind = 3 OR c.id IN (SELECT conversation FROM views WHERE user = ?1)`,
		unlist,
	} {
		if _, err := tx.ExecContext(ctx, query, u.ID); err != nil {
			return fmt.Errorf("deleting everything of %s: %w", user, err)
		}
	}
	e := Event{Kind: EverythingDeleted, Device: s.by.Device, userID: u.ID}
	if err := s.record(ctx, tx, e); err != nil {
		return fmt.Errorf("deleting everything of %s: %w", user, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("deleting everything of %s: %w", user, err)
	}
	s.changes.tell()
	return nil
}
