package browse

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	maxLines  = 12 // of one message in the chat; its details have all
	maxSender = 24 // columns
	indent    = "      "
)

// block is a message as lines of the chat, and what they were made for.
type block struct {
	lines  []string
	width  int
	marks  string // the query whose hits are marked
	method byte
}

// draw returns the lines of an entry, w columns wide. Those of the last call are used
// again as long as they fit.
func (s screen) draw(e *entry, w int, zone *time.Location, marks query.Query) []string {
	if b := e.shown; b.lines != nil && b.width == w && b.marks == marks.Source && b.method == byte(s.method) {
		return b.lines
	}
	e.shown = block{lines: s.drawAnew(e, w, zone, marks), width: w, marks: marks.Source, method: byte(s.method)}
	return e.shown.lines
}

func (s screen) drawAnew(e *entry, w int, zone *time.Location, marks query.Query) []string {
	if e.failed != "" {
		return s.cut(s.paint(s.lines("unreadable item: "+bounded(e.failed, 1<<10), w), s.warn.Render))
	}
	clock := "     "
	if !e.Timestamp.IsZero() {
		clock = e.Timestamp.In(zone).Format("15:04")
	}
	sender := s.method.Truncate(oneLine(e.From), maxSender, "…")
	head := s.dim.Render(clock) + " " + s.sender(e.From).Render(sender)
	body := s.body(e, max(w-len(indent), 10), zone, marks)
	if room := w - s.method.StringWidth(head) - 2; len(body) == 1 && s.method.StringWidth(body[0]) <= room {
		return []string{head + "  " + body[0]}
	}
	lines := []string{head}
	for _, line := range body {
		lines = append(lines, indent+line)
	}
	return s.cut(lines)
}

// body is what a message says, and below it what happened to it.
func (s screen) body(e *entry, w int, zone *time.Location, marks query.Query) []string {
	text := bounded(render.Summary(e.Message.Message), maxLines<<10)
	if e.IsEvent() {
		kind, _ := e.Body["type"].(string)
		text = bounded("["+kind+"] "+render.Compact(e.Body), 1<<10)
	}
	lines := s.marked(text, w, marks)
	if e.Kind != roaming.Text || e.IsEvent() {
		lines = s.paint(lines, s.label.Render)
	}
	for _, remark := range remarks(e, zone) {
		lines = append(lines, s.paint(s.lines(remark, w), s.dim.Render)...)
	}
	return lines
}

// remarks are what happened to a message after it was sent.
func remarks(e *entry, zone *time.Location) (all []string) {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04")
	}
	if text := render.Remarks(e.Message.Message, at); text != "" {
		all = append(all, bounded(text, 1<<10))
	}
	if e.Earlier > 0 {
		all = append(all, fmt.Sprintf("[edited: the archive has %s]", render.Count(e.Earlier, "earlier form")))
	}
	switch e.State {
	case archive.Gone:
		all = append(all, "[deleted or recalled: no longer seen on "+at(e.Since.Time)+"]")
	case archive.Expired:
		all = append(all, "[expired]")
	case archive.Unseen:
		all = append(all, "[not in the user's history when that was read]")
	default: // the user sees it, or may see it
	}
	return all
}

// The hits of a query are between these until the lines are painted. Text that was
// made safe has neither.
const (
	markStart = "\u2061"
	markEnd   = "\u2062"
)

// marked breaks a text into lines, in which the hits of a query stand out.
func (s screen) marked(text string, w int, q query.Query) []string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	hits := q.Marks(text)
	if len(hits) == 0 {
		return s.lines(text, w)
	}
	var b strings.Builder
	at := 0
	for _, hit := range hits {
		b.WriteString(render.SafeLines(text[at:hit.From]) + markStart + render.SafeLines(text[hit.From:hit.To]) + markEnd)
		at = hit.To
	}
	b.WriteString(render.SafeLines(text[at:]))
	lines := render.WrapLines(b.String(), max(w, 2), s.method.StringWidth)
	open := false
	for i, line := range lines {
		var out strings.Builder
		for line != "" {
			mark := markStart
			if open {
				mark = markEnd
			}
			part, rest, found := strings.Cut(line, mark)
			if open {
				part = s.mark.Render(part)
			}
			out.WriteString(part)
			line = rest
			if found {
				open = !open
			}
		}
		lines[i] = out.String()
	}
	return lines
}

func (s screen) paint(lines []string, paint func(...string) string) []string {
	for i := range lines {
		lines[i] = paint(lines[i])
	}
	return lines
}

// cut leaves out lines that are too many.
func (s screen) cut(lines []string) []string {
	if len(lines) <= maxLines {
		return lines
	}
	more := fmt.Sprintf("… %d more lines: Enter", len(lines)-maxLines+1)
	return append(lines[:maxLines-1:maxLines-1], indent+s.dim.Render(more))
}

// sender is the style of a user's name, always the same for one name. The two sides of
// a chat differ.
func (s screen) sender(name string) lipgloss.Style {
	if name == s.user {
		return s.own
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return s.senders[h.Sum32()%uint32(len(s.senders))] //nolint:gosec // a few
}
