package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Actor is who changes a user's view: the user's device or, if there is none, an
// administrator.
type Actor struct {
	Device string
	Notify bool // the user's other devices are notified
}

// As returns the same store for an actor. Without one nobody is notified.
func (s *Store) As(actor Actor) *Store {
	as := *s
	as.actor = actor
	return &as
}

// noticesKept bounds the notices for devices that do not come back.
const noticesKept = 10_000

// notifyDeletion records that messages of a user's history were deleted and
// notifies the user's other devices (docs/contract.md, section 13) of what was
// deleted: msgIdList or deleteTime.
func (s *Store) notifyDeletion(ctx context.Context, tx *sql.Tx, d side, ref Ref, detail, name string, value any) error {
	if err := s.record(ctx, tx, s.event(d, ref, MessagesDeleted, detail)); err != nil {
		return err
	}
	return s.notify(ctx, tx, d, ref, "roaming_delete", map[string]any{
		"to": ref.Peer, "chatType": d.kind.String(), "resource": s.actor.Device, name: value,
	})
}

// conversationOps are the names that notices have for changes of a list.
var conversationOps = map[EventKind]string{ //nolint:gochecknoglobals // a constant table
	ConversationDeleted: "del", Pinned: "top", Unpinned: "not_top", Marked: "mark", Unmarked: "mark_delete",
}

// notifyChange records a change of a user's list and notifies the user's other
// devices (docs/contract.md, section 13). The detail of a mark is its name.
func (s *Store) notifyChange(ctx context.Context, tx *sql.Tx, d side, ref Ref, kind EventKind, detail string) error {
	if err := s.record(ctx, tx, s.event(d, ref, kind, detail)); err != nil {
		return err
	}
	data := map[string]any{
		"op": conversationOps[kind], "id": ref.Peer, "type": d.kind.String(), "ts": s.now().UnixMilli(),
		"res": s.actor.Device, "from": ref.User,
	}
	if kind == Marked || kind == Unmarked {
		data["ext"] = detail
	}
	return s.notify(ctx, tx, d, ref, "conv", data)
}

func (s *Store) event(d side, ref Ref, kind EventKind, detail string) Event {
	return Event{
		Kind: kind, Device: s.actor.Device, Type: d.kind, Conversation: ref.Peer, Detail: detail,
		ConversationID: d.id, userID: d.user,
	}
}

// notify puts a notice on the queue of the user's devices, unless there is no
// device but the actor's.
func (s *Store) notify(ctx context.Context, tx *sql.Tx, d side, ref Ref, kind string, data map[string]any) error {
	if !s.actor.Notify {
		return nil
	}
	var devices int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM devices WHERE user = ? AND resource <> ?", d.user, s.actor.Device).Scan(&devices)
	if err != nil || devices == 0 {
		return err
	}
	payload, err := json.Marshal(map[string]any{"type": kind, "data": data})
	if err != nil {
		return err
	}
	r, err := tx.ExecContext(ctx, "INSERT INTO notices(user, origin, ts, payload) VALUES(?, ?, ?, ?)",
		d.user, s.actor.Device, s.now().UnixMilli(), payload)
	if err != nil {
		return err
	}
	seq, err := r.LastInsertId()
	if err != nil {
		return err
	}
	if seq%pruneEvery == 0 {
		if _, err := tx.ExecContext(ctx, "DELETE FROM notices WHERE seq <= ?", seq-noticesKept); err != nil {
			return err
		}
	}
	return s.record(ctx, tx, s.event(d, ref, NoticePut, fmt.Sprintf("%s for %d devices", kind, devices)))
}
