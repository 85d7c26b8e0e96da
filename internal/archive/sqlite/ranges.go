package sqlite

import (
	"context"

	"github.com/roamctl/roamctl/internal/archive"
)

// longRun is how many messages in a row get a range of their own. Fewer become
// exceptions.
const longRun = 8

// cut leaves of a range what is outside a span.
func (w *viewer) cut(ctx context.Context, r *viewRange, span archive.Span) error {
	if _, err := w.exec(ctx, "DELETE FROM ranges WHERE id = ?", r.id); err != nil {
		return err
	}
	for _, rest := range []archive.Span{{From: r.span.From, To: span.From - 1}, {From: span.To + 1, To: r.span.To}} {
		if err := w.addRange(ctx, rest, r.viewState, r.batch); err != nil {
			return err
		}
	}
	return nil
}

// addRange adds a range unless it is empty.
func (w *viewer) addRange(ctx context.Context, span archive.Span, s viewState, batch int64) error {
	if span.From > span.To {
		return nil
	}
	merged, err := w.extendRange(ctx, span, s, batch)
	if err != nil || merged {
		return err
	}
	_, err = w.exec(ctx, "INSERT INTO ranges(user, conversation, from_ms, to_ms, state, first, last, ended, batch) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		w.user, w.conversation, span.From, span.To, string(s.state), s.first, s.last, s.ended, batch)
	return err
}

// extendRange makes a range longer that a span touches and that says the same,
// as the pages of one batch do.
func (w *viewer) extendRange(ctx context.Context, span archive.Span, s viewState, batch int64) (bool, error) {
	for _, change := range []string{"to_ms = ?1 WHERE to_ms = ?2 - 1", "from_ms = ?2 WHERE from_ms = ?1 + 1"} {
		result, err := w.exec(ctx, "UPDATE ranges SET "+change+
			" AND user = ?3 AND conversation = ?4 AND state = ?5 AND first = ?6 AND last = ?7 AND ended = ?8 AND batch = ?9",
			span.To, span.From, w.user, w.conversation, string(s.state), s.first, s.last, s.ended, batch)
		if err != nil {
			return false, err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// write notes a span in which each message has a state: as ranges, and
// exceptions where few in a row differ from their range. base is the state of
// the times without messages.
func (w *viewer) write(ctx context.Context, span archive.Span, base viewState, all []viewed, states []viewState) error {
	start, current := span.From, base
	for n := 0; n < len(all); {
		end := n
		for end < len(all) && states[end] == states[n] {
			end++
		}
		// Messages of one millisecond stay in one range.
		split := n
		for split < end && n > 0 && all[split].ms == all[n-1].ms {
			split++
		}
		if err := w.exceptAll(ctx, all[n:split], states[n], current); err != nil {
			return err
		}
		if states[n] != current && end-split >= longRun {
			if err := w.addRange(ctx, archive.Span{From: start, To: all[split].ms - 1}, current, w.meta.batch); err != nil {
				return err
			}
			start, current = all[split].ms, states[n]
		}
		if err := w.exceptAll(ctx, all[split:end], states[n], current); err != nil {
			return err
		}
		n = end
	}
	return w.addRange(ctx, archive.Span{From: start, To: span.To}, current, w.meta.batch)
}

// exceptAll notes messages with one state, in a range that has another or the
// same.
func (w *viewer) exceptAll(ctx context.Context, all []viewed, s, base viewState) error {
	for _, m := range all {
		switch {
		case s != base:
			if err := w.except(ctx, m.row, s); err != nil {
				return err
			}
		case m.exception != nil:
			if _, err := w.exec(ctx, "DELETE FROM exceptions WHERE user = ? AND row = ?", w.user, m.row); err != nil {
				return err
			}
		}
	}
	return nil
}

// except notes the state of one message.
func (w *viewer) except(ctx context.Context, row int64, s viewState) error {
	_, err := w.exec(ctx, "INSERT OR REPLACE INTO exceptions(user, row, state, first, last, ended) VALUES(?, ?, ?, ?, ?, ?)",
		w.user, row, string(s.state), s.first, s.last, s.ended)
	return err
}
