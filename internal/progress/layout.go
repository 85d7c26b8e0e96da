package progress

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/iostreams"
)

const (
	goodBar   = 16            // columns of a bar that leaves the number of users beside it
	leastBar  = 8             // of one that can be seen to move
	factLines = 3             // below the bar, at most; more only where a window is very narrow
	timeWidth = len("23h59m") // of the longest time in two units
)

// field is a piece of text and its colour, nil for none.
type field struct {
	text  string
	paint func(string) string
}

func (f field) String() string {
	if f.paint == nil {
		return f.text
	}
	return f.paint(f.text)
}

// layout is a frame of a run: a bar between two texts, and lines below. The
// texts keep their widths while numbers grow, so that the bar stands still.
type layout struct {
	left, right string
	bar         int // columns; 0: no bar
	facts       []string
}

// arrange fits a run into a width: first the number of users goes from beside
// the bar to the line below, then the phase goes, then the bar.
func arrange(s Snapshot, width int, p iostreams.Palette) layout {
	if s.UsersTotal < 0 {
		return spinning(s, width, p)
	}
	total := counted(s.UsersTotal, "user")
	share := fmt.Sprintf(" %3d%%", s.percent())
	users := fmt.Sprintf("  %*s of %s", len(number(s.UsersTotal)), number(s.Users), total)
	left := fmt.Sprintf("  %*s left", timeWidth, duration(s.Left))
	if s.Left < 0 {
		left = strings.Repeat(" ", len(left))
	}
	phase := s.Phase
	if phase != "" {
		phase += " "
	}
	if bar := width - len(phase+share+users+left); bar >= goodBar {
		return layout{phase, trimmed(share + users + left), bar, below(s, width, p, false)}
	}
	facts := below(s, width, p, true)
	if bar := width - len(phase+share+left); bar >= leastBar {
		return layout{phase, trimmed(share + left), bar, facts}
	}
	if bar := width - len(share+left); bar >= leastBar {
		return layout{"", trimmed(share + left), bar, facts}
	}
	return layout{right: cut(strings.TrimSpace(share+left), width), facts: facts}
}

// spinning is the layout while nobody knows how many users there are: what
// moves is one column wide.
func spinning(s Snapshot, width int, p iostreams.Palette) layout {
	left := s.Phase
	if left != "" {
		left += " "
	}
	right := " " + s.users() + ", " + duration(s.Elapsed)
	if len(left)+1+len(right) > width {
		left = ""
	}
	return layout{left, cut(right, width-1), 1, below(s, width, p, false)}
}

// below is the lines under the bar. The pace comes last, because its width
// changes all the time.
func below(s Snapshot, width int, p iostreams.Palette, users bool) []string {
	refused, failed := field{text: number(s.Refused) + " refused"}, field{text: number(s.Failed) + " failed"}
	if s.Refused > 0 {
		refused.paint = p.Yellow
	}
	if s.Failed > 0 {
		failed.paint = p.Red
	}
	fields := []field{{text: s.content()}, refused, failed, {text: s.pace(s.CallsPerSecond)}}
	if users {
		fields = append([]field{{text: s.users()}}, fields...)
	}
	for i := range fields {
		fields[i].text = cut(fields[i].text, width-len(","))
	}
	facts := flow(fields, width)
	if len(facts) > factLines {
		facts = facts[:factLines]
		facts[factLines-1] = strings.TrimSuffix(facts[factLines-1], ",")
	}
	return facts
}

// flow sets fields into as few lines as they need, with commas between them. A
// field wider than a line is left to the terminal.
func flow(fields []field, width int) []string {
	var all []string
	var text strings.Builder
	used := 0
	for i, f := range fields {
		comma := 0
		if i < len(fields)-1 {
			comma = 1
		}
		if used > 0 && used+1+len(f.text)+comma > width {
			all = append(all, text.String())
			text.Reset()
			used = 0
		}
		if used > 0 {
			text.WriteByte(' ')
			used++
		}
		text.WriteString(f.String() + strings.Repeat(",", comma))
		used += len(f.text) + comma
	}
	return append(all, text.String())
}

// trimmed is a text without the spaces that keep a place to its right.
func trimmed(text string) string { return strings.TrimRight(text, " ") }

// cut is as much of a text as fits.
func cut(text string, width int) string { return text[:max(min(len(text), width), 0)] }
