package progress

import (
	"cmp"
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
	spun    int // frames of the spinner
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

func (b *bars) now(s Snapshot) {
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
		b.spun++
		return string(spinner[(b.spun-1)%len(spinner)])
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
