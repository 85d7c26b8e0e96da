package transcript

import (
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// colors is how many colours tell senders apart.
const colors = 8

// entry is a message as the layouts show it. No text in it has control characters,
// except line feeds and tabs in Text.
type entry struct {
	ID, From, Kind string
	Clock          string // in the zone; with the offset where the clock repeats an hour
	UTC, Offset    string
	Day            string // in the zone; "" without a time
	At             time.Time
	Text           string
	Label          bool   // Text is a description, not what the sender wrote
	Marks          []mark // what happened to it
	Forms          []form // what it said before it was edited, the oldest first
	Class          string // "", or how HTML shows it: bad, event, gone, recalled
	New            bool   // the sender or the day is not that of the entry before
	Color          int
	File           *attached
	Status         fate
}

// mark says what happened to a message, in a word or two, and how that is known.
type mark struct{ Label, Text string }

// String is the mark in a line of text.
func (m mark) String() string {
	if m.Label == "" || m.Text == "" {
		return m.Label + m.Text
	}
	return m.Label + ": " + m.Text
}

// form is an earlier form of a message.
type form struct{ Label, Text string }

// formsOf are the earlier forms of a message whose text is now as given.
func formsOf(m source.Message, text string) (all []form) {
	for n, earlier := range m.Forms {
		f := form{fmt.Sprintf("earlier form %d of %d", n+1, m.Earlier), render.SafeLines(render.Summary(earlier))}
		if f.Text == text {
			f.Text = "(the same text)"
		}
		all = append(all, f)
	}
	return all
}

func newEntry(m source.Message, user string, zone *time.Location) entry {
	e := entry{
		ID: render.Safe(m.ID.String()), From: render.Safe(m.From), Kind: render.Safe(string(m.Kind)),
		Text: render.SafeLines(render.Summary(m.Message)), Label: m.Kind != roaming.Text,
	}
	if e.ID == "" && m.Key != "" {
		e.ID = render.Safe(m.Key.String())
	}
	if !m.Timestamp.IsZero() {
		at := m.Timestamp.In(zone)
		e.At, e.Day, e.Clock = at, at.Format(time.DateOnly), clock(at)
		e.UTC, e.Offset = m.Timestamp.String(), at.Format("-07:00")
	}
	remarks := render.Remarks(m.Message, func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return moment(t, zone)
	})
	e.mark("", remarks)
	if m.Earlier > 0 {
		e.mark("edited", fmt.Sprintf("the archive has %s", render.Count(m.Earlier, "earlier form")))
		e.Forms = formsOf(m, e.Text)
	}
	e.Status = fateOf(m)
	e.Class = e.Status.class()
	mark := e.Status.mark(m, user, zone)
	e.mark(mark.Label, mark.Text)
	switch {
	case m.IsEvent():
		kind, _ := m.Body["type"].(string)
		e.Class, e.Label, e.Text = "event", true, render.Safe("["+kind+"] "+render.Compact(m.Body))
		if id, recalled := source.RecallOf(m.Message); recalled != nil {
			e.Text = "[recall] of message " + id.String()
		}
	case m.Kind == roaming.Unknown:
		e.mark("unknown kind", "its content can't be shown")
	}
	return e
}

// mark adds a mark, if it says anything.
func (e *entry) mark(label, text string) {
	if label+text != "" {
		e.Marks = append(e.Marks, mark{render.Safe(label), render.Safe(text)})
	}
}

// fate is what the source knows of what became of a message.
type fate int

const (
	present   fate = iota // the user sees it, or nothing is known
	expired               // the service no longer keeps it
	unseen                // the user's history did not have it when that was read
	gone                  // the user's history no longer has it
	deleted               // the same, and the other side has it since
	recalled              // a notice says so
	fateCount             // how many there are
)

func fateOf(m source.Message) fate {
	switch {
	case m.Recall != nil:
		return recalled
	case m.State == archive.Gone && m.Peer.State == archive.Seen && m.Peer.At.After(m.Since.Time):
		return deleted // a recall would have taken it from the other side, too
	case m.State == archive.Gone:
		return gone
	case m.State == archive.Unseen:
		return unseen
	case m.State == archive.Expired:
		return expired
	}
	return present
}

func (f fate) class() string {
	return [fateCount]string{unseen: "gone", gone: "gone", deleted: "gone", recalled: "recalled"}[f]
}

// counted is how the head counts messages of a fate.
func (f fate) counted(user string) string {
	return [fateCount]string{
		expired: "expired on the service", unseen: "not in the user's history", gone: "deleted or recalled",
		deleted: "deleted for " + user, recalled: "recalled",
	}[f]
}

// mark says what is known, and how.
func (f fate) mark(m source.Message, user string, zone *time.Location) mark {
	switch f {
	case recalled:
		text := "a notice from " + m.Recall.By + " says so"
		if !m.Recall.At.IsZero() {
			text = "a notice from " + m.Recall.By + " of " + moment(m.Recall.At.Time, zone) + " says so"
		}
		return mark{f.counted(user), text}
	case deleted:
		return mark{f.counted(user), fmt.Sprintf("%s no longer saw it on %s, and %s still did on %s",
			user, moment(m.Since.Time, zone), m.Conversation, moment(m.Peer.At.Time, zone))}
	case gone:
		text := fmt.Sprintf("%s no longer saw it on %s", user, moment(m.Since.Time, zone))
		switch {
		case m.Peer.State == archive.Gone:
			text += fmt.Sprintf(", nor did %s on %s", m.Conversation, moment(m.Peer.At.Time, zone))
		case m.Peer.State == archive.Seen && m.Peer.At == m.Since:
			text += fmt.Sprintf(", and the same sync still found it in %s's history", m.Conversation)
		}
		return mark{f.counted(user), text}
	case unseen:
		return mark{"not in " + user + "'s history when that was read", "deleted before, or never there"}
	default: // counted in the head
		return mark{}
	}
}

// clock is a time of day. In an hour that the clock repeats it has the offset.
func clock(at time.Time) string {
	const layout = "15:04:05"
	if repeats(at) {
		return at.Format(layout + " -07:00")
	}
	return at.Format(layout)
}

// moment is a date and time in a zone, with the offset as in clock.
func moment(t time.Time, zone *time.Location) string {
	const layout = "2006-01-02 15:04"
	at := t.In(zone)
	if repeats(at) {
		return at.Format(layout + " -07:00")
	}
	return at.Format(layout)
}

// repeats reports whether the clock shows a time twice.
func repeats(at time.Time) bool {
	for _, by := range []time.Duration{-time.Hour, -time.Hour / 2, time.Hour / 2, time.Hour} {
		if at.Add(by).Format(time.DateTime) == at.Format(time.DateTime) {
			return true
		}
	}
	return false
}
