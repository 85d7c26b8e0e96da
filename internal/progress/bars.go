package progress

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// frameTime is short enough for a moving bar and long enough to read numbers.
const frameTime = 200 * time.Millisecond

// bars shows a run as a moving bar with lines below.
type bars struct {
	console *console
	palette iostreams.Palette
	frames  int // drawn of the spinner
}

func newBars(streams *iostreams.Streams) *bars {
	size := func() (columns, lines int) { // windows are resized
		columns, lines = streams.ErrSize()
		return cmp.Or(max(columns, 0), streams.Width(), defaultWidth), lines
	}
	return &bars{console: &console{out: streams.Err, size: size}, palette: streams.ErrPalette()}
}

func (b *bars) start(s Snapshot)  { b.tick(s) }
func (b *bars) tick(s Snapshot)   { b.console.draw(b.frame(s.clean())) }
func (b *bars) writer() io.Writer { return b.console }

func (b *bars) onSignal(s Snapshot) {
	writeLine(b.console, line(s, b.console.room()))
	b.tick(s)
}

func (b *bars) stop(s Snapshot) {
	b.console.close(lastLine(s, b.console.room()) + "\n")
}

// frame returns the line with the bar and those below.
func (b *bars) frame(s Snapshot) string {
	l := arrange(s, b.console.room(), b.palette)
	lines := []string{l.left + b.bar(s, l.bar) + l.right}
	lines = append(lines, l.facts[:max(0, min(len(l.facts), b.console.below()))]...)
	return strings.Join(lines, "\n") + "\n"
}

func (b *bars) bar(s Snapshot, width int) string {
	switch {
	case width <= 0:
		return ""
	case s.UsersTotal < 0:
		const spinner = `|/-\`
		b.frames++
		return string(spinner[(b.frames-1)%len(spinner)])
	}
	inner := width - len("[]")
	filled := inner
	if s.UsersTotal > 0 && s.Users < s.UsersTotal {
		filled = int(math.Round(float64(inner) * float64(max(s.Users, 0)) / float64(s.UsersTotal)))
	}
	done := ""
	if filled > 0 {
		done = b.palette.Green(strings.Repeat("=", filled-1) + ">")
	}
	return "[" + done + strings.Repeat(" ", inner-filled) + "]"
}

const (
	goodBar   = 16            // least columns of a bar with the number of users beside it
	minBar    = 8             // least columns of any bar
	factLines = 3             // most lines below the bar
	timeWidth = len("23h59m") // of the longest duration
)

// field is a text and its colour; nil for none.
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

// layout is a frame: a bar between two texts, and lines below. The texts keep their
// widths while numbers grow, so the bar keeps its place.
type layout struct {
	left, right string
	bar         int // columns; 0: no bar
	facts       []string
}

// arrange fits a run into a width. If it is too narrow, the number of users moves to
// the line below the bar; then the phase goes, then the bar.
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
		return layout{phase, strings.TrimRight(share+users+left, " "), bar, below(s, width, p, false)}
	}
	facts := below(s, width, p, true)
	if bar := width - len(phase+share+left); bar >= minBar {
		return layout{phase, strings.TrimRight(share+left, " "), bar, facts}
	}
	if bar := width - len(share+left); bar >= minBar {
		return layout{"", strings.TrimRight(share+left, " "), bar, facts}
	}
	return layout{right: truncate(strings.TrimSpace(share+left), width), facts: facts}
}

// spinning returns the layout with a spinner, while the number of users is unknown.
func spinning(s Snapshot, width int, p iostreams.Palette) layout {
	left := s.Phase
	if left != "" {
		left += " "
	}
	right := " " + s.users() + ", " + duration(s.Elapsed)
	if len(left)+1+len(right) > width {
		left = ""
	}
	return layout{left, truncate(right, width-1), 1, below(s, width, p, false)}
}

// below returns the lines below the bar. The pace is last, because its width changes.
func below(s Snapshot, width int, p iostreams.Palette, users bool) []string {
	refused, failed := field{text: number(s.Refused) + " refused"}, field{text: number(s.Failed) + " failed"}
	if s.Refused > 0 {
		refused.paint = p.Yellow
	}
	if s.Failed > 0 {
		failed.paint = p.Red
	}
	fields := []field{{text: s.content()}, refused, failed, {text: s.pace(s.PerSecond)}}
	if users {
		fields = append([]field{{text: s.users()}}, fields...)
	}
	for i := range fields {
		fields[i].text = truncate(fields[i].text, width-len(","))
	}
	facts := joinFields(fields, width)
	if len(facts) > factLines {
		facts = facts[:factLines]
		facts[factLines-1] = strings.TrimSuffix(facts[factLines-1], ",")
	}
	return facts
}

// joinFields sets fields in as few lines as they need, with commas between them.
func joinFields(fields []field, width int) []string {
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

// truncate returns the part of a text that fits in width.
func truncate(text string, width int) string { return text[:max(min(len(text), width), 0)] }
