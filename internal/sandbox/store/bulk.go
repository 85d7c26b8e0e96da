package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Bulk appends clients' messages by the thousand within one transaction. What
// it leaves in the tables is what Writer.Append would have left there, message
// by message; but messages are inserted many at a time, and a conversation and
// its views are kept in memory and written once.
type Bulk struct {
	w                    *Writer
	messages, accounts   *rows
	chats                map[pair]*pending
	conferences          map[string]*pending
	users, conversations int64 // the last IDs given out
	before               int64 // users up to this ID were there before the transaction
	known                int64 // only users up to this ID may have chats that are not in memory
	newest               int64 // no stored message has a greater ID
	now                  int64 // Unix ms
}

// pair is a chat's two accounts, the lesser ID first.
type pair struct{ a, b int64 }

// maxPending bounds the conversations kept in memory.
const maxPending = 1 << 16

// Outcome is what became of a message: it was added, or was there already, or
// Err (ErrKind or ErrName) says why it cannot be.
type Outcome struct {
	Added bool
	Err   error
}

// WriteBulk runs fn in one transaction and commits what it appended. When fn
// fails nothing of it is kept. Others cannot write meanwhile.
func (s *Store) WriteBulk(ctx context.Context, fn func(*Bulk) error) error {
	return s.Write(ctx, func(w *Writer) error {
		b := &Bulk{w: w, now: s.now().UnixMilli(), chats: map[pair]*pending{}, conferences: map[string]*pending{}}
		b.messages = newRows(w, "INSERT OR FAIL INTO messages(id, conversation, ts, seq, sender, kind, flags, body, payload) VALUES ", 9, "")
		b.accounts = newRows(w, "INSERT OR FAIL INTO users(id, name, created) VALUES ", 3, "")
		err := w.row(ctx, `SELECT (SELECT coalesce(max(id), 0) FROM users), (SELECT coalesce(max(id), 0) FROM conversations),
			(SELECT coalesce(max(id), ?) FROM messages)`, math.MinInt64).scan(&b.users, &b.conversations, &b.newest)
		if err != nil {
			return fmt.Errorf("writing to the sandbox's data: %w", err)
		}
		b.before, b.known = b.users, b.users
		if err := fn(b); err != nil {
			return err
		}
		return b.flush(ctx)
	})
}

// Append stores clients' messages, in this order; each has an ID and is not
// Live. There is an outcome for each of them; the other error is the store's.
func (b *Bulk) Append(ctx context.Context, list []Message) ([]Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // what can be cancelled costs a goroutine each statement
	there, err := b.stored(ctx, list)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(list))
	for i := range list {
		added, err := b.append(ctx, &list[i], there)
		if err != nil && !errors.Is(err, ErrKind) && !errors.Is(err, ErrName) {
			return nil, err
		}
		outcomes[i] = Outcome{Added: added, Err: err}
	}
	if err := b.messages.flush(ctx); err != nil {
		return nil, err
	}
	if len(b.chats)+len(b.conferences) > maxPending {
		return outcomes, b.flush(ctx)
	}
	return outcomes, nil
}

func (b *Bulk) append(ctx context.Context, m *Message, there map[int64]bool) (bool, error) {
	if m.ID == 0 || m.Live || m.Imported {
		return false, fmt.Errorf("message %d from %q to %q is none for a bulk: it has no ID, or is live or imported", m.ID, m.From, m.To)
	}
	sender, err := b.user(ctx, m.From, b.now)
	if err != nil {
		return false, err
	}
	var peer int64
	if m.Type == Chat {
		if peer, err = b.user(ctx, m.To, b.now); err != nil {
			return false, err
		}
	}
	c, err := b.conversation(ctx, m.Type, m.To, sender, peer)
	if err != nil {
		return false, err
	}
	id := dbID(m.ID)
	if there[id] {
		return false, nil
	}
	there[id] = true
	b.newest = max(b.newest, id)
	err = b.messages.add(ctx, id, c.id, m.Timestamp, c.seq+1, sender, kindNumber(m.Kind), 0, m.Body, m.Payload)
	if err != nil {
		return false, err
	}
	c.arrived(*m)
	c.enlist(sender, peer)
	return true, nil
}

// stored are the IDs of a list that the store has. Those beyond the newest
// need no look.
func (b *Bulk) stored(ctx context.Context, list []Message) (map[int64]bool, error) {
	there := make(map[int64]bool, len(list))
	var ask []any
	for i := range list {
		if id := dbID(list[i].ID); id <= b.newest {
			ask = append(ask, id)
		}
	}
	const most = 500 // values a query
	for len(ask) > 0 {
		some := ask[:min(most, len(ask))]
		ask = ask[len(some):]
		query := "SELECT id FROM messages WHERE id IN (?" + strings.Repeat(",?", len(some)-1) + ")"
		st, err := b.w.prepare(ctx, query)
		if err != nil {
			return nil, err
		}
		if err := eachID(ctx, st, some, func(id int64) { there[id] = true }); err != nil {
			return nil, fmt.Errorf("looking for messages that are there: %w", err)
		}
	}
	return there, nil
}

func eachID(ctx context.Context, st *sql.Stmt, args []any, each func(int64)) error {
	found, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var id int64
		if err := found.Scan(&id); err != nil {
			return err
		}
		each(id)
	}
	return found.Err()
}
