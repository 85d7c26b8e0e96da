package render

import (
	"math"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// room is how narrow the columns of a table may become. Numbers are never cut.
type room struct {
	free  int // free text
	names int // other text
	first int // the first column, which people copy from
}

const (
	whole     = math.MaxInt
	tightFree = 12
)

// ample is the room that columns are left out for.
func ample() room { return room{tightFree, 24, 30} }

// tight is the room without which records read better. A time of this year is
// whole.
func tight() room { return room{tightFree, 12, 30} }

// rooms are what a table that is too wide gives up, in this order.
func rooms() []room {
	return []room{{24, whole, whole}, {24, 24, 30}, ample(), tight(), {1, 1, 1}}
}

// floor is how narrow a column may become.
func (r room) floor(right, flex, first bool, width int) int {
	switch {
	case right:
		return width
	case flex:
		return min(width, r.free)
	case first:
		return min(width, r.first)
	default:
		return min(width, r.names)
	}
}

// layOut picks the columns that the terminal has room for, and gives them their
// widths and titles. It fails where records read better than a table.
func (t *table[T]) layOut() (titles []string, ok bool) {
	limit := t.streams.Width()
	for i := range t.columns {
		t.shown = append(t.shown, i)
	}
	titles = t.measure(false)
	if limit == 0 || lineWidth(t.widths) <= limit {
		return titles, true
	}
	titles = t.measure(true)
	for lineWidth(t.floors(ample())) > limit && t.drop() {
		titles = t.measure(true)
	}
	if t.header && lineWidth(t.floors(tight())) > limit {
		return nil, false
	}
	for _, r := range rooms() {
		t.shrink(limit, t.floors(r))
	}
	for i, title := range titles {
		titles[i] = truncateLines(title, t.widths[i])
	}
	return titles, true
}

// measure sets the widths that the shown columns would like, and returns their
// titles: on several lines if narrow.
func (t *table[T]) measure(narrow bool) []string {
	titles, lines := make([]string, len(t.shown)), 1
	t.widths = make([]int, len(t.shown))
	for i, at := range t.shown {
		t.widths[i] = max(1, t.columns[at].MinWidth) // of a cut cell at least "…" is left
		for _, row := range t.rows {
			t.widths[i] = max(t.widths[i], displaywidth.String(row[at]))
		}
		if !t.header {
			continue
		}
		titles[i] = t.columns[at].title()
		if narrow {
			titles[i] = titleLines(titles[i], t.widths[i])
		}
		for line := range strings.SplitSeq(titles[i], "\n") {
			t.widths[i] = max(t.widths[i], displaywidth.String(line))
		}
		lines = max(lines, 1+strings.Count(titles[i], "\n"))
	}
	for i := range titles { // the last lines are those above the cells
		titles[i] = strings.Repeat("\n", lines-1-strings.Count(titles[i], "\n")) + titles[i]
	}
	return titles
}

// titleLines breaks a title between words, at the width of its column's cells
// or of its longest word.
func titleLines(title string, width int) string {
	for word := range strings.FieldsSeq(title) {
		width = max(width, displaywidth.String(word))
	}
	return strings.Join(wrap(title, width), "\n")
}

func truncateLines(title string, width int) string {
	lines := strings.Split(title, "\n")
	for i, line := range lines {
		lines[i] = displaywidth.TruncateString(line, width, "…")
	}
	return strings.Join(lines, "\n")
}

// drop leaves out the column with the highest DropOrder, the last one of equals.
func (t *table[T]) drop() bool {
	next := -1
	for i, at := range t.shown {
		if n := t.columns[at].DropOrder; n > 0 && (next < 0 || n >= t.columns[t.shown[next]].DropOrder) {
			next = i
		}
	}
	if next < 0 {
		return false
	}
	t.shown = slices.Delete(t.shown, next, next+1)
	return true
}

func (t *table[T]) floors(r room) []int {
	floors := make([]int, len(t.shown))
	for i, at := range t.shown {
		floors[i] = r.floor(t.columns[at].Right, t.columns[at].Flex, at == 0, t.widths[i])
	}
	return floors
}

// shrink takes from the widest columns that are above their floors, until a
// line fits.
func (t *table[T]) shrink(limit int, floors []int) {
	for over := lineWidth(t.widths) - limit; over > 0; over-- {
		widest := -1
		for i, w := range t.widths {
			if w > floors[i] && (widest < 0 || w > t.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		t.widths[widest]--
	}
}

// widen makes room for the rows that wait, as far as the terminal has any. Only
// free text gives way, and never widens: one long message does not move all
// that follow.
func (t *table[T]) widen() {
	before := slices.Clone(t.widths)
	for i, at := range t.shown {
		if t.columns[at].Flex {
			before[i] = min(before[i], tightFree)
			continue
		}
		for _, row := range t.rows {
			t.widths[i] = max(t.widths[i], displaywidth.String(row[at]))
		}
	}
	if limit := t.streams.Width(); limit > 0 {
		t.shrink(limit, before)
	}
}

// lineWidth is how wide a line with columns of these widths is.
func lineWidth(widths []int) int {
	total := columnGap * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	return total
}
