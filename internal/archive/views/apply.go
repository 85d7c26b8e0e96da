package views

import (
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// Apply notes what a view of a run says. present reports whether the view has the
// message of a row. batch is the one that brings the view.
func (h *History[R]) Apply(v archive.View, run R, batch int64, present func(row int64) bool) {
	old := h.Ranges
	h.Ranges = make([]Range[R], 0, len(old)+2)
	a := applier[R]{History: h, view: v, run: run, batch: batch, present: present}
	next := v.Span.From
	unknownTo := func(to int64) {
		if next <= to {
			a.newSpan(archive.Span{From: next, To: to})
		}
	}
	for _, r := range old {
		overlap := archive.Span{From: max(r.Span.From, v.Span.From), To: min(r.Span.To, v.Span.To)}
		if overlap.From > overlap.To {
			if r.Span.From > v.Span.To {
				unknownTo(v.Span.To)
				next = v.Span.To + 1
			}
			h.add(r)
			continue
		}
		unknownTo(overlap.From - 1)
		a.knownSpan(r, overlap)
		next = overlap.To + 1
	}
	unknownTo(v.Span.To)
}

// applier notes one view.
type applier[R comparable] struct {
	*History[R]
	view    archive.View
	run     R
	batch   int64
	present func(row int64) bool
}

// newSpan notes a span that no earlier run read.
func (a *applier[R]) newSpan(span archive.Span) {
	if a.view.Partial {
		a.write(span, State[R]{State: archive.Seen}, nil)
		return
	}
	a.write(span, State[R]{State: archive.Seen, First: a.run, Last: a.run}, nil)
}

// knownSpan notes the part of a range that the view read again. Without a recheck
// it only adds what the user sees now and is not known to have seen, unless no run
// has read the range.
func (a *applier[R]) knownSpan(r Range[R], span archive.Span) {
	var none R
	unread := r.State.State == archive.Seen && r.First == none // a partial view's
	if a.view.Partial || !a.view.Recheck && !unread {
		a.add(r)
		all := a.messages(span)
		for n := range all {
			known := all[n].Of(&r)
			if next := a.next(all[n], known); a.present(all[n].Row) && known.State != next.State {
				a.except(&all[n], next)
			}
		}
		return
	}
	a.add(Range[R]{Span: archive.Span{From: r.Span.From, To: span.From - 1}, State: r.State, Batch: r.Batch})
	base := r.State
	if base.State == archive.Seen {
		base.Last = a.run
		if unread {
			base.First = a.run
		}
	}
	a.write(span, base, &r)
	a.add(Range[R]{Span: archive.Span{From: span.To + 1, To: r.Span.To}, State: r.State, Batch: r.Batch})
}

// next is the state of a message after this view, which read its time.
func (a *applier[R]) next(m Message[R], known State[R]) State[R] {
	var none R
	switch {
	case a.view.Partial && (known.State != archive.Unread || !a.present(m.Row)):
		return known
	case a.view.Partial:
		return State[R]{State: archive.Seen}
	case a.present(m.Row):
		if known.First == none {
			known.First = a.run
		}
		return State[R]{State: archive.Seen, First: known.First, Last: a.run}
	}
	switch known.State {
	case archive.Seen:
		if !a.view.Recheck {
			return known
		}
		known.State, known.Ended = archive.Gone, a.run
		if m.Millis < content.Millis(a.view.Kept) {
			known.State = archive.Expired
		}
	case archive.Unread:
		if m.Millis >= content.Millis(a.view.Kept) { // an expired one may have been seen
			return State[R]{State: archive.Unseen}
		}
	case archive.Gone, archive.Expired, archive.Unseen: // as before
	}
	return known
}

// longRun is how many messages in a row get a range of their own. Fewer become
// exceptions.
const longRun = 8

// write notes a span in which each message gets its next state, by the range that
// it was in: as ranges, and exceptions where few in a row differ from their range.
// base is the state of the times without messages. A partial view makes no range of
// what is unread.
func (a *applier[R]) write(span archive.Span, base State[R], in *Range[R]) {
	all := a.messages(span)
	states := make([]State[R], len(all))
	for n, m := range all {
		states[n] = a.next(m, m.Of(in))
	}
	add := func(span archive.Span, state State[R]) {
		if !a.view.Partial || state.State != archive.Unread {
			a.add(Range[R]{Span: span, State: state, Batch: a.batch})
		}
	}
	start, current := span.From, base
	for n := 0; n < len(all); {
		end := n
		for end < len(all) && states[end] == states[n] {
			end++
		}
		// Messages of one millisecond stay in one range.
		split := n
		for split < end && n > 0 && all[split].Millis == all[n-1].Millis {
			split++
		}
		a.exceptAll(all[n:split], states[n], current)
		if states[n] != current && end-split >= longRun {
			add(archive.Span{From: start, To: all[split].Millis - 1}, current)
			start, current = all[split].Millis, states[n]
		}
		a.exceptAll(all[split:end], states[n], current)
		n = end
	}
	add(archive.Span{From: start, To: span.To}, current)
}

// exceptAll notes messages with one state, in a range that has another or the
// same.
func (a *applier[R]) exceptAll(all []Message[R], s, base State[R]) {
	for n := range all {
		switch m := &all[n]; {
		case s != base:
			a.except(m, s)
		case m.Exception != nil:
			m.Exception, a.Changed[m.Row] = nil, true
		}
	}
}
