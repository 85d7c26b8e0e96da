package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/views"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Sightings implements archive.Store.
func (s *Store) Sightings(ctx context.Context, q archive.SightingQuery) iter.Seq2[archive.Sighting, error] {
	return func(yield func(archive.Sighting, error) bool) {
		l := sightingList{s: s, query: q, yield: yield}
		if err := l.all(ctx); err != nil {
			yield(archive.Sighting{}, s.wrap(err))
		}
	}
}

type sightingList struct {
	s       *Store
	query   archive.SightingQuery
	yield   func(archive.Sighting, error) bool
	state   state
	runs    map[string]archive.Run
	stopped bool
}

// all goes through the user's conversations.
func (l *sightingList) all(ctx context.Context) (err error) {
	if l.state, err = l.s.state(ctx); err != nil {
		return err
	}
	l.runs = map[string]archive.Run{}
	for r, err := range list[struct {
		Name    string
		Started int64
	}](ctx, l.s.c, "SELECT name, started FROM runs FINAL") {
		if err != nil {
			return err
		}
		l.runs[uncolumn(r.Name)] = archive.Run{ID: uncolumn(r.Name), Started: roaming.Millis(r.Started)}
	}
	where := "user = " + quote(column(strings.ToLower(l.query.User)))
	if c := l.query.Conversation; c != nil {
		where += " AND (chat_type, a, b) = " + subjectOf("", *c).chat()
	}
	conversations, err := collect[subject](ctx, l.s.c, "SELECT DISTINCT user, chat_type, a, b FROM ranges FINAL WHERE deleted = 0 AND "+where+" ORDER BY chat_type, a, b")
	for _, c := range conversations {
		if err == nil && !l.stopped {
			err = l.conversation(ctx, c)
		}
	}
	return err
}

// conversation lists the sightings of one conversation.
func (l *sightingList) conversation(ctx context.Context, c subject) error {
	var ranges []viewRange
	where := " FINAL WHERE deleted = 0 AND (user, chat_type, a, b) = " + c.tuple()
	for r, err := range list[rangeRow](ctx, l.s.c, "SELECT * FROM ranges"+where) {
		if err != nil {
			return err
		}
		ranges = append(ranges, r.viewRange())
	}
	exceptions := map[int64]*viewState{}
	for r, err := range list[exceptionRow](ctx, l.s.c, "SELECT * FROM exceptions"+where) {
		if err != nil {
			return err
		}
		s := r.state()
		exceptions[r.Position] = &s
	}
	h := views.New(ranges, nil)
	from, to := l.state.positions(l.query.Span)
	const sql = `SELECT DISTINCT key, position, time, added FROM messages
		WHERE position BETWEEN %d AND %d AND added <= %d AND (chat_type, a, b) = %s ORDER BY position`
	for r, err := range list[*messageRow](ctx, l.s.c, fmt.Sprintf(sql, from, to, l.state.Batch, c.chat())) {
		if err != nil {
			return err
		}
		if r.Time < l.query.Span.From || r.Time > l.query.Span.To {
			continue
		}
		m := viewMessage{Row: r.Position, Millis: r.Time, Added: r.Added, Exception: exceptions[r.Position]}
		s := m.Of(h.In(m.Millis))
		if len(l.query.States) > 0 && !slices.Contains(l.query.States, s.State) {
			continue
		}
		l.stopped = !l.yield(archive.Sighting{
			User: l.query.User, Message: keyOf(r.Key), State: s.State,
			First: l.runs[s.First], Last: l.runs[s.Last], Ended: l.runs[s.Ended],
		}, nil)
		if l.stopped {
			return nil
		}
	}
	return nil
}
