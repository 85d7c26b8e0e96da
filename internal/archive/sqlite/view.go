package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// viewState is what is known of one user's view of a message, or of all messages in
// a range. Runs are by number, 0 for none.
type viewState struct {
	state              archive.SightingState
	first, last, ended int64
}

// viewRange is a row of ranges.
type viewRange struct {
	id   int64
	span archive.Span
	viewState
	batch int64
}

// viewed is a message in a view's span.
type viewed struct {
	row, ms, added int64
	exception      *viewState
}

// of is the state of a message by the range that its time is in, if there is one.
func (m viewed) of(in *viewRange) viewState {
	switch {
	case m.exception != nil:
		return *m.exception
	case in == nil || m.added > in.batch:
		return viewState{state: archive.Unread}
	}
	return in.viewState
}

// viewer notes what one view says.
type viewer struct {
	*importer
	user, conversation int64
	view               archive.View
	present            map[int64]bool
}

// view notes what a user sees of a conversation.
func (i *importer) view(ctx context.Context, v archive.View) error {
	user, err := i.name(ctx, strings.ToLower(v.User))
	if err != nil {
		return err
	}
	conversation, err := i.conversation(ctx, v.Conversation)
	if err != nil {
		return err
	}
	rows, err := rowsOf(ctx, i.writer, v.Keys, func(k archive.Key) archive.Key { return k })
	if err != nil {
		return err
	}
	w := viewer{importer: i, user: user, conversation: conversation, view: v, present: map[int64]bool{}}
	for _, row := range rows {
		w.present[row] = true
	}
	ranges, err := rangesOf(ctx, i.writer, user, conversation, v.Span)
	if err != nil {
		return err
	}
	next := v.Span.From
	for n := range ranges {
		overlap := archive.Span{From: max(ranges[n].span.From, v.Span.From), To: min(ranges[n].span.To, v.Span.To)}
		if overlap.From > next {
			if err := w.newSpan(ctx, archive.Span{From: next, To: overlap.From - 1}); err != nil {
				return err
			}
		}
		if err := w.knownSpan(ctx, &ranges[n], overlap); err != nil {
			return err
		}
		next = overlap.To + 1
	}
	if next > v.Span.To {
		return nil
	}
	return w.newSpan(ctx, archive.Span{From: next, To: v.Span.To})
}

// rangesOf are a user's ranges that overlap a span, in order.
func rangesOf(ctx context.Context, q querier, user, conversation int64, span archive.Span) (all []viewRange, err error) {
	err = each(ctx, q, `SELECT id, from_ms, to_ms, state, first, last, ended, batch FROM ranges
		WHERE user = ? AND conversation = ? AND from_ms <= ? AND to_ms >= ? ORDER BY from_ms`,
		[]any{user, conversation, span.To, span.From}, func(rows *sql.Rows) error {
			var r viewRange
			err := rows.Scan(&r.id, &r.span.From, &r.span.To, &r.state, &r.first, &r.last, &r.ended, &r.batch)
			all = append(all, r)
			return err
		})
	return all, err
}

// eachViewed calls fn for the messages of a conversation in a span, oldest
// first, with the user's exceptions.
func eachViewed(ctx context.Context, q querier, m meta, user, conversation int64, span archive.Span, fn func(viewed, archive.Key) error) error {
	from, to := m.rowSpan(span)
	return each(ctx, q, `SELECT m.row, m.time, m.added, m.key, e.state, e.first, e.last, e.ended
		FROM messages AS m LEFT JOIN exceptions AS e ON e.user = ? AND e.row = m.row
		WHERE m.conversation = ? AND m.row BETWEEN ? AND ? ORDER BY m.row`,
		[]any{user, conversation, from, to}, func(rows *sql.Rows) error {
			var v viewed
			var key []byte
			var state sql.NullString
			var first, last, ended sql.NullInt64
			if err := rows.Scan(&v.row, &v.ms, &v.added, &key, &state, &first, &last, &ended); err != nil {
				return err
			}
			if v.ms < span.From || v.ms > span.To {
				return nil
			}
			if state.Valid {
				v.exception = &viewState{archive.SightingState(state.String), first.Int64, last.Int64, ended.Int64}
			}
			return fn(v, archive.Key(key))
		})
}

// messages are those of the view's conversation in a span.
func (w *viewer) messages(ctx context.Context, span archive.Span) (all []viewed, err error) {
	err = eachViewed(ctx, w.writer, w.meta, w.user, w.conversation, span, func(v viewed, _ archive.Key) error {
		all = append(all, v)
		return nil
	})
	return all, err
}

// newSpan notes a span that no earlier run read.
func (w *viewer) newSpan(ctx context.Context, span archive.Span) error {
	all, err := w.messages(ctx, span)
	if err != nil {
		return err
	}
	states := make([]viewState, len(all))
	for n, m := range all {
		states[n] = w.next(m, m.of(nil))
	}
	return w.write(ctx, span, viewState{state: archive.Seen, first: w.run, last: w.run}, all, states)
}

// knownSpan notes the part of a range that the view read again. Without a recheck it
// only adds what the user sees now and is not known to have seen.
func (w *viewer) knownSpan(ctx context.Context, r *viewRange, span archive.Span) error {
	all, err := w.messages(ctx, span)
	if err != nil {
		return err
	}
	if !w.view.Recheck {
		for _, m := range all {
			if known := m.of(r); w.present[m.row] && known.state != archive.Seen {
				if err := w.except(ctx, m.row, w.next(m, known)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := w.cut(ctx, r, span); err != nil {
		return err
	}
	base := r.viewState
	if base.state == archive.Seen {
		base.last = w.run
	}
	states := make([]viewState, len(all))
	for n, m := range all {
		states[n] = w.next(m, m.of(r))
	}
	return w.write(ctx, span, base, all, states)
}

// next is the state of a message after this view, which read its time.
func (w *viewer) next(m viewed, known viewState) viewState {
	if w.present[m.row] {
		if known.first == 0 {
			known.first = w.run
		}
		return viewState{state: archive.Seen, first: known.first, last: w.run}
	}
	switch known.state {
	case archive.Seen:
		known.state, known.ended = archive.Gone, w.run
		if m.ms < content.Millis(w.view.Kept) {
			known.state = archive.Expired
		}
	case archive.Unread:
		return viewState{state: archive.Unseen}
	case archive.Gone, archive.Expired, archive.Unseen: // as before
	}
	return known
}
