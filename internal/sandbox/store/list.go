package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

// Position is a place in the order of a list: newest activity first. Activity
// is the newest client's message, whether or not the user still sees it: a
// deletion between two pages must not move an entry across their border.
type Position struct{ TS, ID int64 }

func (p Position) after(o Position) bool { return comparePosition(p.TS, p.ID, o.TS, o.ID) < 0 }

// ListQuery selects from a user's list.
type ListQuery struct {
	User         string
	Cap          int   // entries that a user has at most; the idle ones fall off
	Since        int64 // Unix ms: only conversations active since; 0 for all
	Skip, Limit  int
	IncludeEmpty bool
	PinnedOnly   bool
	Mark         int // -1 for any
	// Cursor is where the page before this one ended; nil for the start.
	Cursor *ListCursor

	Oldest          int64 // as in HistoryQuery
	NoPriorMessages bool
}

// ListCursor remembers what the list looked like when its first page was
// read, so that a conversation which moves up meanwhile is not missed.
type ListCursor struct {
	Top Position // the newest activity then
	End Position // where the page before ended
}

// List reads a page of a list. next is nil on the last page.
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

// candidates are the user's entries in order, those behind the cursor only.
func (s *Store) candidates(ctx context.Context, q ListQuery) ([]candidate, error) {
	var user int64
	err := s.db.QueryRowContext(ctx, "SELECT id FROM users WHERE name = ?", q.User).Scan(&user)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("user %q: %w", q.User, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("user %q: %w", q.User, err)
	}
	where := ""
	if !q.IncludeEmpty {
		where = " AND v.emptied_at < c.activity"
	}
	rows, err := s.db.QueryContext(ctx, "SELECT "+conversationColumns+`, c.name, (SELECT name FROM users WHERE id = v.peer),
			v.joined_seq, v.read_at, v.emptied_at >= c.activity, v.top_ts, v.marks
		FROM views v JOIN conversations c ON c.id = v.conversation
		WHERE v.user = ? AND v.removed_at < c.activity AND c.last_ts >= ?`+where+`
		ORDER BY c.last_ts DESC, c.last_id DESC LIMIT ?`, user, max(q.Since, q.Oldest), q.Cap)
	if err != nil {
		return nil, fmt.Errorf("reading %s's conversations: %w", q.User, err)
	}
	defer func() { _ = rows.Close() }()
	var list []candidate
	for rows.Next() {
		c := candidate{side: side{user: user, visible: true}}
		var name string
		var peer sql.NullString
		err := rows.Scan(append(c.fields(), &name, &peer, &c.joinedSeq, &c.readAt, &c.emptied, &c.topTS, &c.marks)...)
		if err != nil {
			return nil, fmt.Errorf("reading %s's conversations: %w", q.User, err)
		}
		c.peer = peer.String
		if c.kind != Chat {
			c.peer = strings.TrimPrefix(name, "#")
		}
		c.position = Position{c.lastTS, c.lastID}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading %s's conversations: %w", q.User, err)
	}
	if q.Cursor != nil {
		return s.behind(ctx, list, *q.Cursor)
	}
	return list, nil
}

func (c candidate) wanted(q ListQuery) bool {
	return (!q.PinnedOnly || c.topTS > 0) && (q.Mark < 0 || c.marks&(1<<q.Mark) != 0)
}

// entry completes a candidate; ok is false when the list does not show it.
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
	e.Last, err = s.newest(ctx, s.db, c.side, ref, scope{oldest: q.Oldest, sinceJoiningSeq: q.NoPriorMessages})
	if err != nil {
		return e, false, err
	}
	return e, q.IncludeEmpty || (e.Last != nil && !c.emptied), nil
}

// newest is the newest message that a user sees; nil when there is none.
func (s *Store) newest(ctx context.Context, q querier, d side, ref Ref, sc scope) (*Message, error) {
	c, err := s.visible(ctx, q, d, sc)
	if err != nil {
		return nil, err
	}
	list, err := s.messages(ctx, q, c, d, ref, false, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}
