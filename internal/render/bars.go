package render

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// Bar is a line of a bar chart: a label, a count and a bar. A Note replaces the
// count and the bar, such as for days left out.
type Bar struct {
	Label string
	Count int
	Note  string
}

const (
	barsWidth   = 72 // of a chart without a terminal
	longestBar  = 40
	shortestBar = 6 // columns kept for bars, however narrow the terminal
	minLabel    = 8
)

// Bars writes a chart of bars below a title, for people. It fits the terminal:
// first the bars give way, then the labels. The bars come last in their lines,
// because terminals disagree about how wide a block is.
func Bars(s *iostreams.Streams, title string, bars []Bar) error {
	width := s.Width()
	if width == 0 {
		width = barsWidth
	}
	labels := make([]string, len(bars))
	label, count, most := 0, 0, 0
	for i, b := range bars {
		labels[i] = carry(Safe(b.Label))
		label = max(label, displaywidth.String(labels[i]))
		count = max(count, len(strconv.Itoa(b.Count)))
		most = max(most, b.Count)
	}
	room := width - count - 2*columnGap
	label = min(label, max(room-shortestBar, minLabel))
	longest := max(min(room-label, longestBar), 0)

	w := bufio.NewWriter(s.Out)
	fmt.Fprintln(w, s.OutPalette().Bold(title)) // Flush returns errors
	for i, b := range bars {
		text := displaywidth.TruncateString(labels[i], label, "…")
		pad := strings.Repeat(" ", label-displaywidth.String(text)+columnGap)
		line := fmt.Sprintf("%s%s%*d  %s", text, pad, count, b.Count, bar(b.Count, most, longest))
		if b.Note != "" {
			line = displaywidth.TruncateString(text+pad+b.Note, width, "…")
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	return w.Flush()
}

// bar returns n of most as a bar of up to longest columns, in eighths of one. A
// count above 0 has at least one eighth.
func bar(n, most, longest int) string {
	if n <= 0 || longest == 0 {
		return ""
	}
	eighths := max(int(float64(n)/float64(most)*float64(longest*8)), 1)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return text
}
