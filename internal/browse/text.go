package browse

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/roamctl/roamctl/internal/render"
)

// maxShown bounds what is shown of one text, in bytes.
const maxShown = 64 << 10

// bounded is the beginning of a text.
func bounded(s string, limit int) string {
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

// oneLine is a short text of a stranger for a line of the screen.
func oneLine(s string) string { return render.Line(bounded(s, 1<<10)) }

// style is how parts of the screen look. Colours are of the 16 that the terminal's
// theme defines, for light and dark backgrounds alike.
type style struct {
	bold, dim, current, label, warn, mark lipgloss.Style
	own                                   lipgloss.Style   // of the user whose history it is
	senders                               []lipgloss.Style // of others
}

func newStyle(color bool) style {
	s := style{
		bold: lipgloss.NewStyle().Bold(true), dim: lipgloss.NewStyle().Faint(true), current: lipgloss.NewStyle().Reverse(true),
		label: lipgloss.NewStyle(), warn: lipgloss.NewStyle().Bold(true), mark: lipgloss.NewStyle().Underline(true).Bold(true),
	}
	s.own, s.senders = s.bold, []lipgloss.Style{s.bold}
	if color {
		s.label, s.warn = s.label.Foreground(lipgloss.Cyan), s.warn.Foreground(lipgloss.Red)
		s.mark = s.mark.Foreground(lipgloss.Red)
		s.own = s.bold.Foreground(lipgloss.Green)
		s.senders = []lipgloss.Style{s.bold.Foreground(lipgloss.Magenta), s.bold.Foreground(lipgloss.Cyan)}
	}
	return s
}

// screen measures and cuts as the terminal does.
type screen struct {
	style

	method ansi.Method
	user   string // whose history it is
}

// fit cuts a line to w columns, or fills it up.
func (s screen) fit(line string, w int) string {
	switch n := s.method.StringWidth(line); {
	case w <= 0:
		return ""
	case n > w:
		line = s.method.Truncate(line, w, "…")
		return line + strings.Repeat(" ", max(0, w-s.method.StringWidth(line)))
	default:
		return line + strings.Repeat(" ", w-n)
	}
}

// ends puts two texts at the ends of a line of w columns. The right one stays whole.
func (s screen) ends(left, right string, w int) string {
	n := s.method.StringWidth(right)
	if n+2 > w {
		return s.fit(left, w)
	}
	return s.fit(left, w-n-1) + " " + right
}

// lines breaks a stranger's text into safe lines.
func (s screen) lines(text string, w int) []string {
	return render.Lines(text, max(w, 2), s.method.StringWidth)
}
