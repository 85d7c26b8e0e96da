package transcript

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// head is what a document says of itself.
type head struct {
	Title  string
	File   string
	Fields []field
	Gaps   []string
	Digest string // SHA-256 of the messages
	Range  string // the days of the first and the last message
	Months []month

	Messages, Unreadable, Edited, Unknown, Files int

	user        string
	fates       [fateCount]int
	zone        *time.Location
	first, last roaming.Time
	days        map[string]int // messages of each day
}

type field struct{ Name, Value string }

// day is the heading of a day.
type day struct{ ID, Title string }

func newHead(about source.About, ref roaming.Ref, o Options) head {
	h := head{Title: render.Safe(ref.String()), days: map[string]int{}, zone: o.Zone, user: o.User}
	h.Fields = append(common(about, o), field{"Conversation", render.Safe(string(ref.Type) + " " + ref.Conversation)})
	return h
}

// common are the fields that all documents of a transcript have.
func common(about source.About, o Options) []field {
	bounds := "all that the source has"
	show := func(t time.Time) string { return t.In(o.Zone).Format("2006-01-02 15:04:05 -07:00") }
	switch since, until := o.Query.Since, o.Query.Until; {
	case !since.IsZero() && !until.IsZero():
		bounds = show(since) + " to " + show(until)
	case !since.IsZero():
		bounds = "from " + show(since)
	case !until.IsZero():
		bounds = "until " + show(until)
	}
	from := string(about.Kind) + ": " + about.Name
	if about.Holds != "" {
		from += " (it has " + about.Holds + ")"
	}
	if !about.Made.IsZero() {
		from += ", made " + about.Made.String()
	}
	appKey := about.AppKey
	if appKey == "" {
		appKey = "not known: the source does not name it"
		if o.AppKey != "" {
			appKey += ", and that of the profile is " + o.AppKey
		}
	}
	filter := o.Query.Filter.Source
	if filter == "" {
		filter = "none"
	}
	all := []field{
		{"App", appKey},
		{"User", o.User},
		{"Range", bounds},
		{"Filter", filter},
		{"Redaction", redaction(o.Redactor)},
		{"Time zone", zoneName(o.Zone, o.Made)},
		{"Source", from},
		{"Not in the source", about.Lacks},
		{"Made", roaming.Time{Time: o.Made}.String() + " by " + o.By + " with roamctl " + o.Version},
	}
	for i := range all {
		all[i].Value = render.Safe(all[i].Value)
	}
	return slices.DeleteFunc(all, func(f field) bool { return f.Value == "" })
}

// redaction says what a document has been redacted by; "" for nothing.
func redaction(r *redact.Redactor) string {
	if r == nil {
		return ""
	}
	return r.Header().String()
}

// zoneName names a zone and its offset at a time. That of this machine has no other
// name than the abbreviation.
func zoneName(zone *time.Location, at time.Time) string {
	name := zone.String()
	if zone == time.Local { // "Local" says nothing to a reader elsewhere
		name, _ = at.In(zone).Zone()
	}
	if name == "UTC" {
		return name
	}
	return name + ", UTC" + at.In(zone).Format("-07:00")
}

func (h *head) addGap(g source.Gap) {
	text := g.Reason
	switch {
	case !g.From.IsZero() && !g.To.IsZero():
		text = g.From.String() + " to " + g.To.String() + ": " + text
	case !g.From.IsZero():
		text = "from " + g.From.String() + ": " + text
	case !g.To.IsZero():
		text = "before " + g.To.String() + ": " + text
	}
	h.Gaps = append(h.Gaps, render.Safe(text))
}

// count counts a message.
func (h *head) count(m source.Message, e entry) {
	h.Messages++
	h.days[e.Day]++
	if m.Edited != nil || m.Earlier > 0 {
		h.Edited++
	}
	h.fates[e.Status]++
	if m.Kind == roaming.Unknown && !m.IsEvent() {
		h.Unknown++
	}
	if source.File.Has(m.Message) {
		h.Files++
	}
	if at := m.Timestamp; !at.IsZero() {
		if h.first.IsZero() || at.Before(h.first.Time) {
			h.first = at
		}
		if at.After(h.last.Time) {
			h.last = at
		}
	}
}

// day is the heading of an entry's day.
func (h *head) day(e entry) day {
	if e.Day == "" {
		return day{"no-time", "no time"}
	}
	return day{"d-" + e.Day, e.At.Format("Monday, 2 January 2006") + " (" + zoneName(h.zone, e.At) + ")"}
}

// finish completes the head once the messages are known.
func (h *head) finish(digest string) {
	h.Digest = digest
	counts := []string{render.Count(h.Messages, "message")}
	add := func(n int, what string) {
		if n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(h.Edited, "edited")
	for f := fateCount - 1; f > present; f-- {
		add(h.fates[f], render.Safe(f.counted(h.user)))
	}
	add(h.Files, "with a file")
	add(h.Unknown, "of an unknown kind")
	add(h.Unreadable, "unreadable")
	h.Fields = append(h.Fields, field{"Counts", strings.Join(counts, ", ")})
	if !h.first.IsZero() {
		h.Fields = append(h.Fields, field{"First and last", h.first.String() + " to " + h.last.String()})
	}
	if !h.first.IsZero() {
		from, to := h.first.In(h.zone).Format(time.DateOnly), h.last.In(h.zone).Format(time.DateOnly)
		if h.Range = from; to != from {
			h.Range += " to " + to
		}
	}
	h.Fields = append(h.Fields, field{"Messages' SHA-256", digest})
	h.Months = calendar(h.days)
}

// edge is what stands before the oldest message, of a source that does not have all
// that there was.
func edge(about source.About) string {
	if about.Lacks == "" {
		return ""
	}
	return "Earlier messages may have expired, or were deleted or recalled: the source does not know."
}

// listed is what an index has of a head.
func (h *head) listed() head {
	return head{Title: h.Title, File: h.File, Gaps: h.Gaps, Digest: h.Digest, Messages: h.Messages, Unreadable: h.Unreadable, Range: h.Range}
}
