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
