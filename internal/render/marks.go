package render

import (
	"strings"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// Mark is a part of a cell's text that stands out, in bytes.
type Mark struct{ From, To int }

// A mark in a cell is between these until the cell is written, so that widths are
// right. They are invisible, and Safe replaces them in the texts of strangers.
const (
	markStart = "\u2061"
	markEnd   = "\u2062"
)

// safeMarked is Safe of a text, with its marks in brackets, or for colours
// between markStart and markEnd. Marks are in order and do not overlap.
func safeMarked(text string, marks []Mark, colored bool) string {
	before, after := "[", "]"
	if colored {
		before, after = markStart, markEnd
	}
	var b strings.Builder
	at := 0
	for _, m := range marks {
		b.WriteString(Safe(text[at:m.From]) + before + Safe(text[m.From:m.To]) + after)
		at = m.To
	}
	return b.String() + Safe(text[at:])
}

// paintMarks colours the marks of a cell or of a line of it, whose end may be
// missing.
func paintMarks(p iostreams.Palette, cell string) string {
	if !strings.Contains(cell, markStart) && !strings.Contains(cell, markEnd) {
		return cell
	}
	var b strings.Builder
	for i, part := range strings.Split(cell, markStart) {
		marked, rest, ended := strings.Cut(part, markEnd)
		switch {
		case i == 0:
			b.WriteString(marked + rest)
		case ended:
			b.WriteString(p.Red(marked) + rest)
		default:
			b.WriteString(p.Red(marked))
		}
	}
	return b.String()
}
