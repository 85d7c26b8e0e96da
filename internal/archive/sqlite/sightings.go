package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/views"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Sightings implements archive.Store.
func (s *Store) Sightings(ctx context.Context, q archive.SightingQuery) iter.Seq2[archive.Sighting, error] {
	return sequence(s, func(yield func(archive.Sighting) error) error {
		list := sightingList{q: s.read, query: q, yield: yield}
		return list.all(ctx)
	})
}

type sightingList struct {
	q     querier
	query archive.SightingQuery
	yield func(archive.Sighting) error
	meta  meta
	runs  map[int64]archive.Run
}

// all goes through the user's conversations.
func (l *sightingList) all(ctx context.Context) (err error) {
	if l.meta, err = readMeta(ctx, l.q); err != nil {
		return err
	}
	l.runs = map[int64]archive.Run{}
	err = each(ctx, l.q, "SELECT id, name, started FROM runs", nil, func(rows *sql.Rows) error {
		var id, started int64
		var r archive.Run
		err := rows.Scan(&id, &r.ID, &started)
		r.Started = roaming.Millis(started)
		l.runs[id] = r
		return err
	})
	if err != nil {
		return err
	}
	var user int64
	found, err := scan(ctx, l.q, []any{&user}, "SELECT id FROM names WHERE name = ?", strings.ToLower(l.query.User))
	if err != nil || !found {
		return err
	}
	where, args := "", []any{user}
	if c := l.query.Conversation; c != nil {
		where = " AND conversation = (SELECT c.id FROM conversations AS c JOIN names AS a ON a.id = c.a LEFT JOIN names AS b ON b.id = c.b" +
			" WHERE c.type = ? AND a.name = ? AND coalesce(b.name, '') = ?)"
		args = append(args, string(c.Type), c.A, c.B)
	}
	var conversations []int64
	err = each(ctx, l.q, "SELECT DISTINCT conversation FROM ranges WHERE user = ?"+where+" ORDER BY conversation", args, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		conversations = append(conversations, id)
		return err
	})
	for _, c := range conversations {
		if err == nil {
			err = l.conversation(ctx, user, c)
		}
	}
	return err
}

// conversation lists the sightings of one conversation.
func (l *sightingList) conversation(ctx context.Context, user, conversation int64) error {
	ranges, err := rangesOf(ctx, l.q, user, conversation, l.query.Span)
	if err != nil {
		return err
	}
	h := views.New(ranges, nil)
	return eachViewed(ctx, l.q, l.meta, user, conversation, l.query.Span, func(m viewMessage, key archive.Key) error {
		s := m.Of(h.In(m.Millis))
		if len(l.query.States) > 0 && !slices.Contains(l.query.States, s.State) {
			return nil
		}
		return l.yield(archive.Sighting{
			User: l.query.User, Message: key, State: s.State,
			First: l.runs[s.First], Last: l.runs[s.Last], Ended: l.runs[s.Ended],
		})
	})
}
