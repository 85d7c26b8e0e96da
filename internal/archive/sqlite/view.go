package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/views"
)

// Runs are by number, 0 for none.
type (
	viewRange   = views.Range[int64]
	viewState   = views.State[int64]
	viewMessage = views.Message[int64]
)

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
	// With the ranges beside it, which may become longer.
	known, err := rangesOf(ctx, i.writer, user, conversation, archive.Span{From: v.Span.From - 1, To: v.Span.To + 1})
	if err != nil {
		return err
	}
	messages, present, err := i.viewedBy(ctx, user, conversation, v)
	if err != nil {
		return err
	}
	h := views.New(known, messages)
	h.Apply(v, i.run, i.meta.batch, func(row int64) bool { return present[row] })
	return i.saveView(ctx, user, conversation, v.Span, h)
}

// viewedBy returns the messages of a view's conversation in its span, and the rows of
// those that the view names.
func (i *importer) viewedBy(ctx context.Context, user, conversation int64, v archive.View) ([]viewMessage, map[int64]bool, error) {
	all, err := i.viewedIn(ctx, conversation, v.Span)
	if err != nil {
		return nil, nil, err
	}
	exceptions, err := i.exceptionsIn(ctx, user, v.Span)
	if err != nil {
		return nil, nil, err
	}
	others := make(map[archive.Key]bool, len(v.Keys)) // that are no message's first key
	for _, k := range v.Keys {
		others[k] = true
	}
	messages, present := make([]viewMessage, len(all)), make(map[int64]bool, len(v.Keys))
	for n, m := range all {
		messages[n] = viewMessage{Row: m.row, Millis: m.millis, Added: m.added, Exception: exceptions[m.row]}
		if others[m.key] {
			present[m.row] = true
			delete(others, m.key)
		}
	}
	rows, err := rowsOf(ctx, i.writer, slices.Collect(maps.Keys(others)), func(k archive.Key) archive.Key { return k })
	for _, row := range rows {
		present[row] = true
	}
	return messages, present, err
}

// saveView writes the ranges in and beside a span, and the exceptions that have
// changed.
func (i *importer) saveView(ctx context.Context, user, conversation int64, span archive.Span, h *views.History[int64]) error {
	if _, err := i.exec(ctx, "DELETE FROM ranges WHERE user = ? AND conversation = ? AND from_ms <= ? AND to_ms >= ?",
		user, conversation, span.To+1, span.From-1); err != nil {
		return err
	}
	for _, r := range h.Ranges {
		if _, err := i.exec(ctx, "INSERT INTO ranges(user, conversation, from_ms, to_ms, state, first, last, ended, batch) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
			user, conversation, r.Span.From, r.Span.To, string(r.State.State), r.First, r.Last, r.Ended, r.Batch); err != nil {
			return err
		}
	}
	for _, m := range h.Messages {
		if !h.Changed[m.Row] {
			continue
		}
		var err error
		if s := m.Exception; s != nil {
			_, err = i.exec(ctx, "INSERT OR REPLACE INTO exceptions(user, row, state, first, last, ended) VALUES(?, ?, ?, ?, ?, ?)",
				user, m.Row, string(s.State), s.First, s.Last, s.Ended)
		} else {
			_, err = i.exec(ctx, "DELETE FROM exceptions WHERE user = ? AND row = ?", user, m.Row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rangesOf are a user's ranges that overlap a span, in order.
func rangesOf(ctx context.Context, q querier, user, conversation int64, span archive.Span) (all []viewRange, err error) {
	err = each(ctx, q, `SELECT from_ms, to_ms, state, first, last, ended, batch FROM ranges
		WHERE user = ? AND conversation = ? AND from_ms <= ? AND to_ms >= ? ORDER BY from_ms`,
		[]any{user, conversation, span.To, span.From}, func(rows *sql.Rows) error {
			var r viewRange
			err := rows.Scan(&r.Span.From, &r.Span.To, &r.State.State, &r.First, &r.Last, &r.Ended, &r.Batch)
			all = append(all, r)
			return err
		})
	return all, err
}

// eachViewed calls fn for the messages of a conversation in a span, oldest
// first, with the user's exceptions.
func eachViewed(ctx context.Context, q querier, m meta, user, conversation int64, span archive.Span, fn func(viewMessage, archive.Key) error) error {
	from, to := m.rowSpan(span)
	return each(ctx, q, `SELECT m.row, m.time, m.added, m.key, e.state, e.first, e.last, e.ended
		FROM messages AS m LEFT JOIN exceptions AS e ON e.user = ? AND e.row = m.row
		WHERE m.conversation = ? AND m.row BETWEEN ? AND ? ORDER BY m.row`,
		[]any{user, conversation, from, to}, func(rows *sql.Rows) error {
			var v viewMessage
			var key []byte
			var state sql.NullString
			var first, last, ended sql.NullInt64
			if err := rows.Scan(&v.Row, &v.Millis, &v.Added, &key, &state, &first, &last, &ended); err != nil {
				return err
			}
			if v.Millis < span.From || v.Millis > span.To {
				return nil
			}
			if state.Valid {
				v.Exception = &viewState{State: archive.SightingState(state.String), First: first.Int64, Last: last.Int64, Ended: ended.Int64}
			}
			return fn(v, archive.Key(key))
		})
}
