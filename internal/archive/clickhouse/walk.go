package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"slices"
)

// A walk reads candidates window by window, because not every version of the
// server stops early at a LIMIT: it reads all that the condition can meet. The
// window grows while it has few candidates and shrinks while it has many.
const (
	batchesEach = 10 // of the first window
	maxWindows  = 64
	maxPage     = 2048
)

// walk goes through the positions that meet a condition, newest first unless
// oldest, from one position to another.
type walk struct {
	where    string // "" for all
	from, to int64
	oldest   bool
	page     int // how many positions to begin with
}

// firstWindow is how many positions the first window has.
func (st *state) firstWindow() int64 {
	return max((st.Last-st.First)/min(max(st.Batch/batchesEach, 1), maxWindows), 1)
}

// positions lists them, in pages.
func (s *Store) walk(ctx context.Context, st *state, w walk) iter.Seq2[[]int64, error] {
	return func(yield func([]int64, error) bool) {
		w.from, w.to = max(w.from, st.First), min(w.to, st.Last)
		window := st.firstWindow()
		for page := w.page; w.from <= w.to; page = min(2*page, maxPage) {
			from, to := max(w.from, w.to-min(window, w.to)), w.to
			if w.oldest {
				from, to = w.from, w.from+min(window, w.to-w.from)
			}
			found, err := s.candidates(ctx, st, w, from, to, page)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(found) > 0 && !yield(found, nil) {
				return
			}
			w.advance(found, from, to, page)
			switch {
			case len(found) == page:
				window = max(window/2, 1)
			case len(found) < page/4:
				window = min(window, 1<<60) * 4
			}
		}
	}
}

// advance leaves out what was read: a window, or the part of it up to a full page.
func (w *walk) advance(found []int64, from, to int64, page int) {
	full := len(found) == page
	switch {
	case w.oldest && full:
		w.from = found[page-1] + 1
	case w.oldest:
		w.from = to + 1
	case full:
		w.to = found[page-1] - 1
	default:
		w.to = from - 1
	}
}

// candidates are the first positions of a window.
func (s *Store) candidates(ctx context.Context, st *state, w walk, from, to int64, limit int) ([]int64, error) {
	var all []int64
	for r, err := range list[messageRow](ctx, s.c, candidatesSQL(st, w, from, to, limit)) {
		if err != nil {
			return nil, err
		}
		all = append(all, r.Position)
	}
	return all, nil
}

func candidatesSQL(st *state, w walk, from, to int64, limit int) string {
	where, order := "", "DESC"
	if w.where != "" {
		where = " AND " + w.where
	}
	if w.oldest {
		order = "ASC"
	}
	return fmt.Sprintf("SELECT DISTINCT position FROM messages WHERE position BETWEEN %d AND %d AND added <= %d%s ORDER BY position %s LIMIT %d",
		from, to, st.Batch, where, order, limit)
}

// rowsAtOnce bounds the rows of one request for whole messages.
const rowsAtOnce = 1024

// messages lists the rows of a walk in its order.
func (s *Store) messages(ctx context.Context, st *state, w walk, columns string) iter.Seq2[*messageRow, error] {
	order := "DESC"
	if w.oldest {
		order = "ASC"
	}
	return func(yield func(*messageRow, error) bool) {
		for positions, err := range s.walk(ctx, st, w) {
			if err != nil {
				yield(nil, err)
				return
			}
			for chunk := range slices.Chunk(positions, rowsAtOnce) {
				for r, err := range list[*messageRow](ctx, s.c, rowsSQL(columns, chunk, order)) {
					if !yield(r, err) || err != nil {
						return
					}
				}
			}
		}
	}
}
