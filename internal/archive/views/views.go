// Package views is what archive stores know of one user's view of a conversation:
// ranges of time in which all messages have one state, and the messages that are
// exceptions. A view of a group's history then takes a row, and not one for each
// message of each member.
package views

import (
	"cmp"
	"slices"
	"sort"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// State is what is known of one user's view of a message, or of all messages in a
// range. R names a run; its zero value is none.
type State[R comparable] struct {
	State              archive.SightingState
	First, Last, Ended R
}

// Range is a span in which every message that was in the archive at the batch has
// one state, but for the exceptions.
type Range[R comparable] struct {
	Span archive.Span
	State[R]
	Batch int64
}

// Message is a message of the conversation.
type Message[R comparable] struct {
	Row       int64 // its position
	Millis    int64 // its time
	Added     int64 // the batch that brought it
	Exception *State[R]
}

// Of is the state of a message by the range that its time is in, nil for none.
func (m Message[R]) Of(in *Range[R]) State[R] {
	switch {
	case m.Exception != nil:
		return *m.Exception
	case in == nil || m.Added > in.Batch:
		return State[R]{State: archive.Unread}
	}
	return in.State
}

// History is what is known of a user's view of a conversation, or of a part of it.
type History[R comparable] struct {
	Ranges   []Range[R]
	Messages []Message[R]
	// Changed are the rows of messages whose exception is not what it was.
	Changed map[int64]bool
}

// New makes a History of ranges that do not overlap and of messages, in any order.
func New[R comparable](ranges []Range[R], messages []Message[R]) *History[R] {
	slices.SortFunc(ranges, func(a, b Range[R]) int { return cmp.Compare(a.Span.From, b.Span.From) })
	slices.SortFunc(messages, func(a, b Message[R]) int { return cmp.Or(cmp.Compare(a.Millis, b.Millis), cmp.Compare(a.Row, b.Row)) })
	return &History[R]{Ranges: ranges, Messages: messages, Changed: map[int64]bool{}}
}

// In is the range that a time is in, nil for none.
func (h *History[R]) In(millis int64) *Range[R] {
	n := sort.Search(len(h.Ranges), func(n int) bool { return h.Ranges[n].Span.To >= millis })
	if n < len(h.Ranges) && h.Ranges[n].Span.From <= millis {
		return &h.Ranges[n]
	}
	return nil
}

// messages are those of a span, to be changed in place.
func (h *History[R]) messages(span archive.Span) []Message[R] {
	from := sort.Search(len(h.Messages), func(n int) bool { return h.Messages[n].Millis >= span.From })
	to := sort.Search(len(h.Messages), func(n int) bool { return h.Messages[n].Millis > span.To })
	return h.Messages[from:max(from, to)]
}

// add adds a range behind the others, or makes the last one longer.
func (h *History[R]) add(r Range[R]) {
	if r.Span.From > r.Span.To {
		return
	}
	if n := len(h.Ranges) - 1; n >= 0 && h.Ranges[n].Span.To+1 == r.Span.From && h.Ranges[n].State == r.State && h.Ranges[n].Batch == r.Batch {
		h.Ranges[n].Span.To = r.Span.To
		return
	}
	h.Ranges = append(h.Ranges, r)
}

// except notes the state of one message.
func (h *History[R]) except(m *Message[R], s State[R]) {
	m.Exception, h.Changed[m.Row] = &s, true
}

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
