package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// change runs fn in a transaction on one user's side of a conversation. It
// does nothing if the user takes no part in it.
func (s *Store) change(ctx context.Context, ref Ref, fn func(tx *sql.Tx, d side) error) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		d, err := s.side(ctx, tx, ref)
		if err != nil || !d.visible {
			return err
		}
		if err := fn(tx, d); err != nil {
			return fmt.Errorf("changing %s's view of %s: %w", ref.User, ref.Peer, err)
		}
		return nil
	})
}

// DeleteMessages marks messages as deleted from the user's history: it adds rows to
// the table deleted and leaves those of messages, which the peer still sees. It
// ignores IDs that are not of this conversation.
func (s *Store) DeleteMessages(ctx context.Context, ref Ref, ids []uint64) error {
	return s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		list := make([]string, len(ids)) // JSON numbers lose digits in clients
		for i, id := range ids {
			list[i] = strconv.FormatUint(id, 10)
			_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO deleted(user, id)
				SELECT ?, id FROM messages WHERE id = ? AND conversation = ?`, d.user, dbID(id), d.id)
			if err != nil {
				return err
			}
		}
		return s.afterDeletion(ctx, tx, d, ref, fmt.Sprintf("%d by ID", len(ids)), "msgIdList", list)
	})
}

// DeleteUntil deletes all messages up to and including a time (Unix ms) from the
// user's history.
func (s *Store) DeleteUntil(ctx context.Context, ref Ref, until int64) error {
	return s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		if err := clearUntil(ctx, tx, d, min(until, d.maxTS)); err != nil {
			return err
		}
		return s.afterDeletion(ctx, tx, d, ref, "until "+time.UnixMilli(until).UTC().Format(time.RFC3339Nano), "deleteTime", until)
	})
}

// clearUntil hides everything that has been stored so far and is not newer than
// ts: one row, however many messages that is. It removes the rows that the new
// one covers.
func clearUntil(ctx context.Context, tx *sql.Tx, d side, ts int64) error {
	return execAll(ctx, tx, []string{
		"DELETE FROM cleared WHERE user = ?1 AND conversation = ?2 AND ts <= ?3",
		"INSERT INTO cleared VALUES(?1, ?2, ?3, ?4)",
	}, d.user, d.id, ts, d.seq)
}

// afterDeletion hides the conversation from the user's list if its last message
// was deleted (docs/contract.md, section 4), until a client sends the next. It
// then notifies the user's other devices of what was deleted: the name of a notice's
// member and its value.
func (s *Store) afterDeletion(ctx context.Context, tx *sql.Tx, d side, ref Ref, detail, name string, value any) error {
	left, err := s.anyVisible(ctx, tx, d)
	if err == nil && !left {
		_, err = tx.ExecContext(ctx, "UPDATE views SET emptied_at = ?, read_at = ? WHERE user = ? AND conversation = ?",
			d.activity, d.activity, d.user, d.id)
	}
	if err != nil {
		return err
	}
	return s.notifyDeletion(ctx, tx, d, ref, detail, name, value)
}

// unlist removes conversations from a user's list. Pins and marks go with them
// [inferred].
const unlist = "UPDATE views SET removed_at = c.activity, read_at = c.activity, emptied_at = -1, top_ts = 0, marks = 0 " +
	"FROM conversations c WHERE c.id = views.conversation AND views.user = ?1"

// DeleteConversation removes a conversation from the user's list, with its
// history or without. A client's next message brings it back.
func (s *Store) DeleteConversation(ctx context.Context, ref Ref, withMessages bool) error {
	return s.change(ctx, ref, func(tx *sql.Tx, d side) error {
		if _, err := tx.ExecContext(ctx, unlist+" AND views.conversation = ?2", d.user, d.id); err != nil {
			return err
		}
		if !withMessages {
			return s.notifyChange(ctx, tx, d, ref, ConversationDeleted, "")
		}
		if err := clearUntil(ctx, tx, d, d.maxTS); err != nil {
			return err
		}
		return s.notifyChange(ctx, tx, d, ref, ConversationDeleted, "with its messages")
	})
}

// DeleteEverything deletes all history and conversations of a user, rooms
// included. It notifies no device: docs/contract.md does not say how.
func (s *Store) DeleteEverything(ctx context.Context, user string) error {
	u, err := s.FindUser(ctx, user)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		err := execAll(ctx, tx, []string{
			"DELETE FROM cleared WHERE user = ?1",
			"DELETE FROM deleted WHERE user = ?1", // the rows below cover them
			`INSERT INTO cleared SELECT ?1, c.id, c.max_ts, c.seq FROM conversations c
				WHERE c.kind = 3 OR c.id IN (SELECT conversation FROM views WHERE user = ?1)`,
			unlist,
		}, u.ID)
		if err == nil {
			err = s.record(ctx, tx, Event{Kind: EverythingDeleted, Device: s.actor.Device, userID: u.ID})
		}
		if err != nil {
			return fmt.Errorf("deleting everything of %s: %w", user, err)
		}
		return nil
	})
}
