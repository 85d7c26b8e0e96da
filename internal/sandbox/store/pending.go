package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxPending bounds the conversations that a Writer keeps in memory.
const maxPending = 1 << 16

// conversationKey names a chat by its two users, the lesser ID first, and a
// group or room by its ID.
type conversationKey struct {
	user1, user2 int64
	conference   string
}

// name is the conversation's name in the database.
func (k conversationKey) name() string {
	if k.conference != "" {
		return conferenceName(k.conference)
	}
	return chatName(k.user1, k.user2)
}

// pending is a conversation, with what a Writer did to it and to its views.
type pending struct {
	conversation
	key   conversationKey
	dirty bool
	views []pendingView
	index map[int64]int // of a group's views, by user
}

// pendingView is what a view holds if it is new. Its user's own messages are
// counted as read in any case.
type pendingView struct {
	user, peer, joined, seen, own int64
	role                          int
}

// conversation finds a conversation, or creates one in memory.
func (w *Writer) conversation(ctx context.Context, kind ChatType, to string, sender, peer int64) (*pending, error) {
	key := conversationKey{conference: to}
	if kind == Chat {
		key = conversationKey{user1: min(sender, peer), user2: max(sender, peer)}
	} else if to == "" {
		return nil, fmt.Errorf("group %q: %w", to, ErrName)
	}
	c, ok := w.conversations[key]
	if !ok {
		c = &pending{key: key}
		err := sql.ErrNoRows
		if kind != Chat || key.user2 <= w.flushedUser {
			err = w.row(ctx, "SELECT "+conversationColumns+" FROM conversations c WHERE c.name = ?", key.name()).scan(c.fields()...)
		}
		if errors.Is(err, sql.ErrNoRows) {
			w.lastConv++
			c.id, c.kind, c.dirty = w.lastConv, kind, true
		} else if err != nil {
			return nil, fmt.Errorf("conversation %q: %w", to, err)
		}
		if c.kind == Group {
			c.index = map[int64]int{}
		}
		w.conversations[key] = c
	}
	if c.kind != kind {
		return nil, fmt.Errorf("%q %w", to, ErrKind)
	}
	return c, nil
}

// addMessage counts a message that was just stored.
func (c *pending) addMessage(m Message) {
	c.dirty = true
	c.seq++
	if m.Signal != nil {
		c.liveSeq = c.seq
		return
	}
	if m.Timestamp < c.maxTS {
		c.lateSeq = c.seq
	}
	c.maxTS = max(c.maxTS, m.Timestamp)
	if m.Live {
		c.liveSeq = c.seq
	}
	if m.Imported {
		c.importTS = m.Timestamp
		return
	}
	c.activity++
	if c.activity == 1 || comparePosition(m.Timestamp, dbID(m.ID), c.lastTS, c.lastID) > 0 {
		c.lastTS, c.lastID = m.Timestamp, dbID(m.ID)
	}
}

// addToLists creates the views of a message's participants. The other members
// of a group have had theirs since they joined; a room is on nobody's list.
func (c *pending) addToLists(sender, peer int64, imported bool) {
	if c.kind == Room {
		return
	}
	role := roleNone
	if c.kind == Group && !imported {
		role = roleMember
	}
	v := c.view(sender, peer, role, imported)
	if !imported {
		v.own++ // one's own messages are not unread
	}
	if c.kind == Chat && peer != sender {
		c.view(peer, sender, roleNone, imported)
	}
}

// view finds a user's view or creates one. quiet keeps a new one off the list;
// otherwise the message that was just stored puts it there.
func (c *pending) view(user, peer int64, role int, quiet bool) *pendingView {
	at, ok := c.index[user]
	if c.kind == Chat {
		at = slices.IndexFunc(c.views, func(v pendingView) bool { return v.user == user })
		ok = at >= 0
	}
	if !ok {
		seen, seq := c.activity, c.seq
		if !quiet {
			seen, seq = seen-1, seq-1
		}
		at = len(c.views)
		c.views = append(c.views, pendingView{user: user, peer: peer, joined: seq, seen: seen})
		if c.index != nil {
			c.index[user] = at
		}
	}
	v := &c.views[at]
	v.role = max(v.role, role)
	return v
}

// flush writes what is in memory and forgets it.
func (w *Writer) flush(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := errors.Join(w.newUsers.flush(ctx), w.newMessages.flush(ctx)); err != nil {
		return err
	}
	all := slices.SortedFunc(maps.Values(w.conversations), func(x, y *pending) int { return cmp.Compare(x.id, y.id) })
	clear(w.conversations)
	w.flushedUser = w.lastUser
	return errors.Join(w.writeConversations(ctx, all), w.writeViews(ctx, all))
}

func (w *Writer) writeConversations(ctx context.Context, all []*pending) error {
	to := newRows(w, "INSERT INTO conversations(id, name, kind, seq, activity, max_ts, late_seq, last_ts, last_id, import_ts, live_seq) VALUES ", 11,
		` ON CONFLICT(id) DO UPDATE SET seq = excluded.seq, activity = excluded.activity, max_ts = excluded.max_ts, late_seq = excluded.late_seq,
		last_ts = excluded.last_ts, last_id = excluded.last_id, import_ts = excluded.import_ts, live_seq = excluded.live_seq`)
	for _, c := range all {
		if !c.dirty {
			continue
		}
		err := to.add(ctx, c.id, c.key.name(), int(c.kind), c.seq, c.activity, c.maxTS, c.lateSeq, c.lastTS, c.lastID, c.importTS, c.liveSeq)
		if err != nil {
			return err
		}
	}
	return to.flush(ctx)
}

func (w *Writer) writeViews(ctx context.Context, all []*pending) error {
	type row struct {
		conversation int64
		*pendingView
	}
	var views []row
	for _, c := range all {
		for i := range c.views {
			views = append(views, row{c.id, &c.views[i]})
		}
	}
	slices.SortFunc(views, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.user, y.user), cmp.Compare(x.conversation, y.conversation))
	})
	// The user has read what the user sent, in a new view and in an existing one.
	to := newRows(w, "INSERT INTO views(user, conversation, peer, role, joined_seq, removed_at, read_at) VALUES ", 7,
		` ON CONFLICT DO UPDATE SET role = max(role, excluded.role), read_at = read_at + excluded.read_at - excluded.removed_at`)
	for _, v := range views {
		if err := to.add(ctx, v.user, v.conversation, v.peer, v.role, v.joined, v.seen, v.seen+v.own); err != nil {
			return err
		}
	}
	return to.flush(ctx)
}
