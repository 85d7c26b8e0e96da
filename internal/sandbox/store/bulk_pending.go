package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// pending is a conversation with what a bulk did to it and to its views.
type pending struct {
	conversation
	name  string // of a group or room; a chat's follows from its accounts
	chat  pair
	views []pendingView
	index map[int64]int // of a group's views, by user
}

// pendingView is a view as it is if it is new, and own, which it counts for in
// any case.
type pendingView struct {
	user, peer, joined, seen, own int64
	role                          int
}

// Join puts users into a group and makes it if there is none; owner may be "".
// It puts nothing on their lists: the next message does.
func (b *Bulk) Join(ctx context.Context, group, owner string, members ...string) error {
	ctx = context.WithoutCancel(ctx)
	c, err := b.conversation(ctx, Group, group, 0, 0)
	if err != nil {
		return err
	}
	c.dirty = true
	join := func(name string, role int) error {
		id, err := b.user(ctx, name, b.now)
		if err == nil {
			c.view(id, 0, role, true)
		}
		return err
	}
	if owner != "" {
		if err := join(owner, 2); err != nil {
			return err
		}
	}
	for _, name := range members {
		if err := join(name, 1); err != nil {
			return err
		}
	}
	return nil
}

// conversation finds a conversation, or makes one in memory.
func (b *Bulk) conversation(ctx context.Context, kind ChatType, to string, sender, peer int64) (*pending, error) {
	both := pair{min(sender, peer), max(sender, peer)}
	var c *pending
	if kind == Chat {
		c = b.chats[both]
	} else {
		c = b.conferences[to]
	}
	if c == nil {
		var err error
		if c, err = b.load(ctx, kind, to, both); err != nil {
			return nil, err
		}
	}
	if c.kind != kind {
		return nil, fmt.Errorf("%q %w", to, ErrKind)
	}
	return c, nil
}

func (b *Bulk) load(ctx context.Context, kind ChatType, to string, both pair) (*pending, error) {
	c := &pending{chat: both}
	if kind != Chat {
		if to == "" {
			return nil, fmt.Errorf("group %q: %w", to, ErrName)
		}
		c.name, c.index = conferenceName(to), map[int64]int{}
	}
	err := sql.ErrNoRows
	// An account made just now has no chats but those made since.
	if kind != Chat || both.b <= b.known {
		err = b.w.row(ctx, "SELECT "+conversationColumns+" FROM conversations c WHERE c.name = ?", c.title()).scan(c.fields()...)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		b.conversations++
		c.id, c.kind, c.dirty = b.conversations, kind, true
	case err != nil:
		return nil, fmt.Errorf("conversation %q: %w", to, err)
	}
	if kind == Chat {
		b.chats[both] = c
	} else {
		b.conferences[to] = c
	}
	return c, nil
}

// title is the conversation's name in the database.
func (c *pending) title() string {
	if c.name != "" {
		return c.name
	}
	return chatName(c.chat.a, c.chat.b)
}

// enlist does for a client's message what Writer.enlist does.
func (c *pending) enlist(sender, peer int64) {
	if c.kind == Room {
		return
	}
	role := 0
	if c.kind == Group {
		role = 1
	}
	c.view(sender, peer, role, false).own++
	if c.kind == Chat && peer != sender {
		c.view(peer, sender, 0, false)
	}
}

// view finds a user's view or makes one; see Writer.view.
func (c *pending) view(user, peer int64, role int, quiet bool) *pendingView {
	at, ok := c.index[user]
	if c.kind == Chat {
		at = slices.IndexFunc(c.views, func(v pendingView) bool { return v.user == user })
		ok = at >= 0
	}
	if ok {
		v := &c.views[at]
		v.role = max(v.role, role)
		return v
	}
	seen, seq := c.activity, c.seq
	if !quiet {
		seen, seq = seen-1, seq-1
	}
	if c.index != nil {
		c.index[user] = len(c.views)
	}
	c.views = append(c.views, pendingView{user: user, peer: peer, joined: seq, seen: seen, role: role})
	return &c.views[len(c.views)-1]
}

// flush writes what is in memory and forgets it.
func (b *Bulk) flush(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := errors.Join(b.accounts.flush(ctx), b.messages.flush(ctx)); err != nil {
		return err
	}
	all := make([]*pending, 0, len(b.chats)+len(b.conferences))
	for _, c := range b.chats {
		all = append(all, c)
	}
	for _, c := range b.conferences {
		all = append(all, c)
	}
	clear(b.chats)
	clear(b.conferences)
	b.known = b.users
	slices.SortFunc(all, func(x, y *pending) int { return cmp.Compare(x.id, y.id) })
	if err := b.writeConversations(ctx, all); err != nil {
		return err
	}
	return b.writeViews(ctx, all)
}

func (b *Bulk) writeConversations(ctx context.Context, all []*pending) error {
	to := newRows(b.w, "INSERT INTO conversations(id, name, kind, seq, activity, max_ts, late_seq, last_ts, last_id) VALUES ", 9,
		` ON CONFLICT(id) DO UPDATE SET seq = excluded.seq, activity = excluded.activity, max_ts = excluded.max_ts,
		late_seq = excluded.late_seq, last_ts = excluded.last_ts, last_id = excluded.last_id`)
	for _, c := range all {
		if !c.dirty {
			continue
		}
		err := to.add(ctx, c.id, c.title(), int(c.kind), c.seq, c.activity, c.maxTS, c.lateSeq, c.lastTS, c.lastID)
		if err != nil {
			return err
		}
	}
	return to.flush(ctx)
}

func (b *Bulk) writeViews(ctx context.Context, all []*pending) error {
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
	// A new view has read what its user sent; so it has to be with one that is there.
	to := newRows(b.w, "INSERT INTO views(user, conversation, peer, role, joined_seq, removed_at, read_at) VALUES ", 7,
		` ON CONFLICT DO UPDATE SET role = max(role, excluded.role), read_at = read_at + excluded.read_at - excluded.removed_at`)
	for _, v := range views {
		if err := to.add(ctx, v.user, v.conversation, v.peer, v.role, v.joined, v.seen, v.seen+v.own); err != nil {
			return err
		}
	}
	return to.flush(ctx)
}
