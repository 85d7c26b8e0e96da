package render

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	timeLayout = "15:04"
	textIndent = len(timeLayout) + columnGap
	dayWidth   = 48 // of a day's heading, on wide terminals and in files
	minText    = 20 // columns for text, however narrow the terminal
)

// transcript writes messages the way a chat is read: headings for days, the
// sender once for messages in a row, the text below. It works in the order in
// which messages come, oldest or newest first.
type transcript[T any] struct {
	w       *bufio.Writer
	message func(T) roaming.Message
	zone    *time.Location
	paint   iostreams.Palette
	width   int // columns of the text, 0 for no limit
	heading int // columns of a day's heading

	day, sender, minute string
}

func newTranscript[T any](w *bufio.Writer, s *iostreams.Streams, env Env, message func(T) roaming.Message) *transcript[T] {
	t := &transcript[T]{w: w, message: message, zone: env.Location, paint: s.OutPalette(), heading: dayWidth}
	if width := s.Width(); width > 0 {
		t.width = max(width-textIndent, minText)
		t.heading = min(width, dayWidth)
	}
	return t
}

func (t *transcript[T]) page(items []T) error {
	for _, item := range items {
		if err := t.one(item); err != nil {
			return err
		}
	}
	return nil
}

func (t *transcript[T]) close(string) error { return nil }

func (t *transcript[T]) one(item T) error {
	m := t.message(item)
	day, minute := "no time", ""
	if !m.Timestamp.IsZero() {
		at := m.Timestamp.In(t.zone)
		day, minute = at.Format("2006-01-02 Monday"), at.Format(timeLayout)
	}
	if err := t.startDay(day); err != nil {
		return err
	}
	if m.From != t.sender {
		if err := t.line(minute, t.paint.Bold(carry(Safe(m.From)))); err != nil {
			return err
		}
		t.sender, t.minute = m.From, minute
	}
	margin := ""
	if minute != t.minute {
		t.minute, margin = minute, minute
	}
	for _, line := range t.text(m) {
		if err := t.line(margin, line); err != nil {
			return err
		}
		margin = ""
	}
	return nil
}

// startDay writes a heading when the day changes.
func (t *transcript[T]) startDay(day string) error {
	if day == t.day {
		return nil
	}
	gap := "\n"
	if t.day == "" {
		gap = ""
	}
	t.day, t.sender = day, ""
	heading := "── " + day + " "
	heading += strings.Repeat("─", max(t.heading-displaywidth.String(heading), 2))
	_, err := fmt.Fprintf(t.w, "%s%s\n\n", gap, t.paint.Dim(heading))
	return err
}

// text is the message's lines, fitted to the width.
func (t *transcript[T]) text(m roaming.Message) []string {
	var lines []string
	for line := range strings.SplitSeq(SafeLines(Summary(m)), "\n") {
		line = carry(strings.ReplaceAll(line, "\t", "    "))
		for _, part := range wrap(line, t.width) {
			if m.Kind != roaming.Text {
				part = t.paint.Cyan(part)
			}
			lines = append(lines, part)
		}
	}
	for _, part := range wrap(carry(Safe(Remarks(m, t.at))), t.width) {
		if part != "" {
			lines = append(lines, t.paint.Dim(part))
		}
	}
	return lines
}

// at is the time of a remark.
func (t *transcript[T]) at(when time.Time) string {
	if when.IsZero() {
		return ""
	}
	return when.In(t.zone).Format("2006-01-02 15:04")
}

// line writes a line behind the margin, which holds a time or nothing.
func (t *transcript[T]) line(margin, text string) error {
	if margin == "" && text == "" {
		_, err := t.w.WriteString("\n")
		return err
	}
	padded := fmt.Sprintf("%*s", -textIndent, margin)
	if margin != "" {
		padded = t.paint.Dim(margin) + padded[len(margin):]
	}
	_, err := fmt.Fprintf(t.w, "%s%s\n", padded, text)
	return err
}
