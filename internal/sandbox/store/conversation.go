package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// conversation is what its participants share.
type conversation struct {
	id                            int64
	kind                          ChatType
	seq, activity, maxTS, lateSeq int64
	lastTS, lastID, importTS      int64
	liveSeq                       int64
}

const conversationColumns = "c.id, c.kind, c.seq, c.activity, c.max_ts, c.late_seq, c.last_ts, c.last_id, c.import_ts, c.live_seq"

func (c *conversation) fields() []any {
	return []any{&c.id, &c.kind, &c.seq, &c.activity, &c.maxTS, &c.lateSeq, &c.lastTS, &c.lastID, &c.importTS, &c.liveSeq}
}

// Groups and rooms are found by their ID, a chat by its two accounts.
func conferenceName(id string) string { return "#" + id }

func chatName(a, b int64) string { return fmt.Sprintf("%d/%d", min(a, b), max(a, b)) }

// side is one user's side of a conversation.
type side struct {
	conversation
	user      int64
	visible   bool // the user takes part
	joinedSeq int64
}

// side resolves a Ref. ErrNotFound means an unknown user. A conversation that
// does not exist, or in which the user takes no part, is not visible. Rooms
// are open to every user, as nobody's membership lasts.
func (s *Store) side(ctx context.Context, q querier, ref Ref) (side, error) {
	var d side
	err := q.QueryRowContext(ctx, "SELECT id FROM users WHERE name = ?", ref.User).Scan(&d.user)
	if err != nil {
		return d, missing(err, "user", ref.User)
	}
	name := conferenceName(ref.Peer)
	if !ref.Conference {
		var peer int64
		err := q.QueryRowContext(ctx, "SELECT id FROM users WHERE name = ?", ref.Peer).Scan(&peer)
		if errors.Is(err, sql.ErrNoRows) {
			return d, nil
		}
		if err != nil {
			return d, missing(err, "user", ref.Peer)
		}
		name = chatName(d.user, peer)
	}
	var role, joined sql.NullInt64
	err = q.QueryRowContext(ctx, "SELECT "+conversationColumns+`, v.role, v.joined_seq FROM conversations c
		LEFT JOIN views v ON v.user = ? AND v.conversation = c.id WHERE c.name = ?`, d.user, name).
		Scan(append(d.fields(), &role, &joined)...)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil
	}
	if err != nil {
		return d, missing(err, "conversation", ref.Peer)
	}
	d.visible = d.kind != Group || role.Int64 > 0
	d.joinedSeq = joined.Int64
	return d, nil
}
