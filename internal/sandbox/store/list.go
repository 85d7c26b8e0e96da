package store

import (
	"context"
	"database/sql"
	"math/bits"
	"strings"
)

// Entry is a conversation on a user's list.
type Entry struct {
	Peer     string // the peer's user ID or the group's ID
	Type     ChatType
	Unread   int64
	PinnedAt int64    // Unix ms; 0 when not pinned
	Marks    []int    // 0..19
	Last     *Message // the newest message that the user still sees; nil when there is none

	position Position
}

// Position is a place in the order of a list: newest activity first. Activity is
// the newest client's message, whether or not the user still sees it: a deletion
// between two pages must not move an entry from one to the other.
type Position struct{ TS, ID int64 }

func (p Position) after(o Position) bool { return comparePosition(p.TS, p.ID, o.TS, o.ID) < 0 }

// ListQuery selects from a user's list.
type ListQuery struct {
	User         string
	Cap          int   // the most entries that a user has; the least active are dropped
	Since        int64 // Unix ms: only conversations active since; 0 for all
	Skip, Limit  int
	IncludeEmpty bool
	PinnedOnly   bool
	Mark         int // -1 for any
	// Cursor is where the previous page ended; nil for the first page.
	Cursor *ListCursor
}

// List reads a page of a list. next is nil after the last page.
func (s *Store) List(ctx context.Context, q ListQuery) (page []Entry, next *ListCursor, err error) {
	candidates, err := s.candidates(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range candidates {
		e, ok, err := s.entry(ctx, q, c)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		if len(page) == q.Skip+q.Limit { // so there is one more
			next = &ListCursor{Top: page[0].position, End: page[len(page)-1].position}
			if q.Cursor != nil {
				next.Top = q.Cursor.Top
			}
			break
		}
		page = append(page, e)
	}
	return page[min(q.Skip, len(page)):], next, nil
}

// candidate is an entry before its latest message is looked up.
type candidate struct {
	side
	peer     string
	readAt   int64
	emptied  bool
	topTS    int64
	marks    uint
	position Position
}

// candidates returns the user's entries in order, those after the cursor only.
func (s *Store) candidates(ctx context.Context, q ListQuery) ([]candidate, error) {
	u, err := s.FindUser(ctx, q.User)
	if err != nil {
		return nil, err
	}
	where := ""
	if !q.IncludeEmpty {
		where = " AND v.emptied_at < c.activity"
	}
	list, err := queryAll(ctx, s.db, "reading the conversations of "+q.User, func(rows *sql.Rows, c *candidate) error {
		c.user, c.visible = u.ID, true
		var name string
		var peer sql.NullString
		err := rows.Scan(append(c.fields(), &name, &peer, &c.joinedSeq, &c.readAt, &c.emptied, &c.topTS, &c.marks)...)
		c.peer = peer.String
		if c.kind != Chat {
			c.peer = strings.TrimPrefix(name, "#")
		}
		c.position = Position{c.lastTS, c.lastID}
		return err
	}, "SELECT "+conversationColumns+`, c.name, (SELECT name FROM users WHERE id = v.peer),
			v.joined_seq, v.read_at, v.emptied_at >= c.activity, v.top_ts, v.marks
		FROM views v JOIN conversations c ON c.id = v.conversation
		WHERE v.user = ? AND v.removed_at < c.activity AND c.last_ts >= ?`+where+`
		ORDER BY c.last_ts DESC, c.last_id DESC LIMIT ?`, u.ID, q.Since, q.Cap)
	if err != nil || q.Cursor == nil {
		return list, err
	}
	return s.afterCursor(ctx, list, *q.Cursor)
}

func (c candidate) wanted(q ListQuery) bool {
	return (!q.PinnedOnly || c.topTS > 0) && (q.Mark < 0 || c.marks&(1<<q.Mark) != 0)
}

// entry completes a candidate; ok reports whether the list shows it.
func (s *Store) entry(ctx context.Context, q ListQuery, c candidate) (e Entry, ok bool, err error) {
	if !c.wanted(q) {
		return e, false, nil
	}
	e = Entry{
		Peer: c.peer, Type: c.kind, Unread: max(0, c.activity-c.readAt), PinnedAt: c.topTS,
		Marks: []int{}, position: c.position,
	}
	for m := c.marks; m != 0; m &= m - 1 {
		e.Marks = append(e.Marks, bits.TrailingZeros(m))
	}
	ref := Ref{User: q.User, Peer: c.peer, Conference: c.kind != Chat}
	e.Last, err = s.newest(ctx, c.side, ref)
	if err != nil {
		return e, false, err
	}
	return e, q.IncludeEmpty || (e.Last != nil && !c.emptied), nil
}

// newest returns the newest message that a user sees, nil if there is none.
func (s *Store) newest(ctx context.Context, d side, ref Ref) (*Message, error) {
	c, err := s.visible(ctx, s.db, d, false)
	if err != nil {
		return nil, err
	}
	list, err := s.messages(ctx, c, d, ref, false, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}
