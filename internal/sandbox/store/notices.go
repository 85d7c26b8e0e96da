package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Asker is who changes a user's view: that user's device or, without one,
// an administrator.
type Asker struct {
	Device string
	Notify bool // the user's other devices are told
}

// As is the same store for an asker. Without it nobody is told.
func (s *Store) As(by Asker) *Store {
	as := *s
	as.by = by
	return &as
}

// noticesKept bounds what waits for devices that do not come back.
const noticesKept = 10_000

// deleted records that a user's history lost messages and tells the user's
// other devices (contract, msync).
func (s *Store) deleted(ctx context.Context, tx *sql.Tx, d side, ref Ref, detail string) error {
	if err := s.record(ctx, tx, s.event(d, ref, MessagesDeleted, detail)); err != nil {
		return err
	}
	return s.notify(ctx, tx, d, ref, "roaming_delete", map[string]any{
		"to": ref.Peer, "chatType": d.kind.String(), "resource": s.by.Device,
	})
}

// conversationOps are the names that notices have for changes of a list.
var conversationOps = map[EventKind]string{ //nolint:gochecknoglobals // a constant table
	ConversationDeleted: "del", Pinned: "top", Unpinned: "not_top", Marked: "mark", Unmarked: "mark_delete",
}

// arranged records a change of a user's list and tells the user's other
// devices (contract, msync). The detail of a mark is its name.
func (s *Store) arranged(ctx context.Context, tx *sql.Tx, d side, ref Ref, kind EventKind, detail string) error {
	if err := s.record(ctx, tx, s.event(d, ref, kind, detail)); err != nil {
		return err
	}
	data := map[string]any{
		"op": conversationOps[kind], "id": ref.Peer, "type": d.kind.String(), "ts": s.now().UnixMilli(),
		"res": s.by.Device, "from": ref.User,
	}
	if kind == Marked || kind == Unmarked {
		data["ext"] = detail
	}
	return s.notify(ctx, tx, d, ref, "conv", data)
}

func (s *Store) event(d side, ref Ref, kind EventKind, detail string) Event {
	return Event{
		Kind: kind, Device: s.by.Device, Type: d.kind, Conversation: ref.Peer, Detail: detail,
		ConversationID: d.id, userID: d.user,
	}
}

// notify puts a notice on the queue of the user's devices, unless there is
// none but the one that asked.
func (s *Store) notify(ctx context.Context, tx *sql.Tx, d side, ref Ref, kind string, data map[string]any) error {
	if !s.by.Notify {
		return nil
	}
	var devices int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM devices WHERE user = ? AND resource <> ?", d.user, s.by.Device).Scan(&devices)
	if err != nil || devices == 0 {
		return err
	}
	payload, err := json.Marshal(map[string]any{"type": kind, "data": data})
	if err != nil {
		return err
	}
	r, err := tx.ExecContext(ctx, "INSERT INTO notices(user, origin, ts, payload) VALUES(?, ?, ?, ?)",
		d.user, s.by.Device, s.now().UnixMilli(), payload)
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
