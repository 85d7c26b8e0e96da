package browse

import (
	"context"
	"iter"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/roaming"
)

// batch is how many rows are read at once: a page of the service's list.
const batch = 50

// list is a pane of rows that are read while one scrolls.
type list[T any] struct {
	rows        []T
	cursor, top int
	from        *pull[T] // nil before the first read
	loading     bool
	failed      bool // the last read failed; it is not repeated by itself
	unreadable  int
	goal        int          // the row to reach by reading on, -1 for none
	wanted      func(T) bool // the row to find by reading on; nil for none
}

// pull is a sequence that is read in parts.
type pull[T any] struct {
	ctx    context.Context //nolint:containedctx // of the sequence
	cancel context.CancelFunc
	next   func() (T, error, bool)
	stop   func()
	ended  bool
}

func newPull[S, T any](ctx context.Context, open func(context.Context) iter.Seq2[S, error], row func(S) T) *pull[T] {
	p := &pull[T]{}
	p.ctx, p.cancel = context.WithCancel(ctx) //nolint:gosec // open calls it, or ctx ends with the browser
	p.next, p.stop = iter.Pull2(func(yield func(T, error) bool) {
		for s, err := range open(p.ctx) {
			if !yield(row(s), err) {
				return
			}
		}
	})
	return p
}

// rowsMsg are the next rows of a list.
type rowsMsg[T any] struct {
	from       *pull[T]
	rows       []T
	unreadable int
	ended      bool
	err        error
}

// load reads the next rows.
func (l *list[T]) load(r *reader, t turn) tea.Cmd {
	if l.from == nil || l.loading || l.failed || l.from.ended {
		return nil
	}
	l.loading = true
	from := l.from
	return r.do(from.ctx, t, func(_ context.Context, err error) tea.Msg {
		m := rowsMsg[T]{from: from, err: err}
		for err == nil && len(m.rows) < batch {
			row, err, ok := from.next()
			switch {
			case !ok:
				m.ended = true
				return m
			case roaming.IsItemError(err):
				m.unreadable++
			case err != nil:
				m.err = err
				return m
			default:
				m.rows = append(m.rows, row)
			}
		}
		return m
	})
}

// open begins another sequence. The one before is stopped in its turn.
func (l *list[T]) open(r *reader, t turn, from *pull[T]) tea.Cmd {
	before := l.from
	*l = list[T]{from: from, goal: -1}
	if before == nil {
		return l.load(r, t)
	}
	before.cancel()
	stop := r.do(r.ctx, t, func(_ context.Context, err error) tea.Msg {
		if err == nil {
			before.stop()
		}
		return nil
	})
	return tea.Batch(stop, l.load(r, t))
}

// add takes rows that were read. It reports whether the wanted one is not in the list.
func (l *list[T]) add(m rowsMsg[T]) (missed bool) {
	l.loading = false
	before := len(l.rows)
	l.rows = append(l.rows, m.rows...)
	l.unreadable += m.unreadable
	l.from.ended = l.from.ended || m.ended
	l.failed = m.err != nil
	if l.goal >= 0 {
		l.cursor = max(0, min(l.goal, len(l.rows)-1))
		if l.cursor == l.goal || l.from.ended || l.failed {
			l.goal = -1
		}
	}
	if l.wanted == nil {
		return false
	}
	if i := slices.IndexFunc(m.rows, l.wanted); i >= 0 {
		l.cursor, l.wanted = before+i, nil
	} else if l.from.ended || l.failed {
		l.wanted, missed = nil, !l.failed
	}
	return missed
}

// stop ends reading on. It reports whether there was a row to reach or to find.
func (l *list[T]) stop() bool {
	was := l.isSeeking()
	l.goal, l.wanted = -1, nil
	return was
}

func (l *list[T]) isSeeking() bool { return l.from != nil && (l.goal >= 0 || l.wanted != nil) }

// move moves the cursor by n rows.
func (l *list[T]) move(n int) {
	l.stop()
	l.cursor = max(0, min(l.cursor+n, len(l.rows)-1))
}

// settle scrolls so that the cursor is on one of the visible rows, and reports whether
// more rows are needed.
func (l *list[T]) settle(visible int) (more bool) {
	visible = max(visible, 1)
	l.top = max(0, min(l.top, l.cursor, len(l.rows)-visible))
	l.top = max(l.top, l.cursor-visible+1)
	return l.isSeeking() || len(l.rows)-l.cursor < visible
}

// seek moves the cursor to the next row that is wanted, in steps of step, and reads on
// to find it. It reports whether there is one or there may be.
func (l *list[T]) seek(step int, wanted func(T) bool) bool {
	l.stop()
	for i := l.cursor + step; i >= 0 && i < len(l.rows); i += step {
		if wanted(l.rows[i]) {
			l.cursor = i
			return true
		}
	}
	if step < 0 || l.from == nil || l.from.ended || l.failed {
		return false
	}
	l.wanted = wanted
	return true
}
