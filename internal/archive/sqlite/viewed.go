package sqlite

import (
	"context"
	"database/sql"

	"github.com/roamctl/roamctl/internal/archive"
)

// maxViewed bounds the messages and the spans that viewed keeps.
const maxViewed = 20_000

// viewedMessage is what views need of a message, the same for every user.
type viewedMessage struct {
	row, millis, added int64
	key                archive.Key
}

// viewed are the messages of conversations' spans, oldest first. The members of a
// group have views of the same messages, one after the other. An insertion or an
// erasure of messages makes it invalid.
type viewed struct {
	spans map[viewedSpan][]viewedMessage
	size  int // messages and spans
}

type viewedSpan struct {
	conversation int64
	span         archive.Span
}

// viewedIn returns the messages of a conversation in a span.
func (i *importer) viewedIn(ctx context.Context, conversation int64, span archive.Span) ([]viewedMessage, error) {
	known := &i.viewed
	all, ok := known.spans[viewedSpan{conversation, span}]
	if ok {
		return all, nil
	}
	from, to := i.meta.rowSpan(span)
	err := each(ctx, i, "SELECT row, time, added, key FROM messages WHERE conversation = ? AND row BETWEEN ? AND ? ORDER BY row",
		[]any{conversation, from, to}, func(rows *sql.Rows) error {
			var m viewedMessage
			var key sql.RawBytes
			err := rows.Scan(&m.row, &m.millis, &m.added, &key)
			if m.key = archive.Key(key); err == nil && m.millis >= span.From && m.millis <= span.To {
				all = append(all, m)
			}
			return err
		})
	if err != nil {
		return nil, err
	}
	size := 1 + len(all)
	if known.size += size; known.spans == nil || known.size > maxViewed {
		*known = viewed{spans: map[viewedSpan][]viewedMessage{}, size: size}
	}
	known.spans[viewedSpan{conversation, span}] = all
	return all, nil
}

// exceptionsIn returns a user's exceptions in a span, of all conversations, by row.
func (i *importer) exceptionsIn(ctx context.Context, user int64, span archive.Span) (map[int64]*viewState, error) {
	all := map[int64]*viewState{}
	from, to := i.meta.rowSpan(span)
	err := each(ctx, i, "SELECT row, state, first, last, ended FROM exceptions WHERE user = ? AND row BETWEEN ? AND ?",
		[]any{user, from, to}, func(rows *sql.Rows) error {
			var row int64
			s := new(viewState)
			err := rows.Scan(&row, &s.State, &s.First, &s.Last, &s.Ended)
			all[row] = s
			return err
		})
	return all, err
}
