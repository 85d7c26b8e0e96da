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
	Label          bool     // Text is a description, not what the sender wrote
	Marks          []string // what happened to it
	Class          string   // "", or how HTML shows it: bad, event, gone
	New            bool     // the sender or the day is not that of the entry before
	Color          int
	File           *attached
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
	if remarks := render.Safe(render.Remarks(m.Message, func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04")
	})); remarks != "" {
		e.Marks = append(e.Marks, remarks)
	}
	if m.Earlier > 0 {
		e.Marks = append(e.Marks, fmt.Sprintf("edited: the archive has %s", render.Count(m.Earlier, "earlier form")))
	}
	switch m.State {
	case archive.Gone:
		e.Class = "gone"
		e.Marks = append(e.Marks, fmt.Sprintf("deleted or recalled: %s no longer saw it on %s", render.Safe(user), m.Since.In(zone).Format("2006-01-02 15:04")))
	case archive.Unseen:
		e.Class = "gone"
		e.Marks = append(e.Marks, "not in "+render.Safe(user)+"'s history when that was read: deleted before, or never there")
	default: // the user sees it, or may see it
	}
	switch {
	case m.IsEvent():
		kind, _ := m.Body["type"].(string)
		e.Class, e.Label, e.Text = "event", true, render.Safe("["+kind+"] "+render.Compact(m.Body))
	case m.Kind == roaming.Unknown:
		e.Marks = append(e.Marks, "of an unknown kind: its content can't be shown")
	}
	return e
}

// clock is a time of day. In an hour that the clock repeats it has the offset.
func clock(at time.Time) string {
	const layout = "15:04:05"
	for _, by := range []time.Duration{-time.Hour, -time.Hour / 2, time.Hour / 2, time.Hour} {
		if at.Add(by).Format(time.DateOnly+layout) == at.Format(time.DateOnly+layout) {
			return at.Format(layout + " -07:00")
		}
	}
	return at.Format(layout)
}
