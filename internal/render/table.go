package render

import (
	"bufio"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/olekukonko/tablewriter"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// A table holds rows back so that its columns fit all of them.
const (
	holdTerminal = 50      // rows, where somebody waits for them
	holdPipe     = 1000    // rows
	holdBytes    = 1 << 20 // of their cells
)

// table writes rows in batches. The first batch decides which columns there are
// and how wide they are; a later one may only widen them.
type table[T any] struct {
	w       *bufio.Writer
	streams *iostreams.Streams
	columns []Column[T]
	env     Env
	header  bool

	rows  [][]string // held back
	bytes int        // of the cells in rows

	started bool
	records bool // the terminal is too narrow: a line for each cell
	written int  // records
	shown   []int
	widths  []int // of the shown columns
	table   *tablewriter.Table
	grid    *grid
}

func newTable[T any](w *bufio.Writer, s *iostreams.Streams, columns []Column[T], env Env, header bool) *table[T] {
	return &table[T]{w: w, streams: s, columns: columns, env: env, header: header}
}

func (t *table[T]) page(items []T) error {
	for _, item := range items {
		row := t.cells(item)
		for _, cell := range row {
			t.bytes += len(cell)
		}
		t.rows = append(t.rows, row)
		limit := holdPipe
		if t.env.Terminal {
			limit = holdTerminal
		}
		if len(t.rows) >= limit || t.bytes >= holdBytes {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// cells are the prepared cells of all columns.
func (t *table[T]) cells(item T) []string {
	row := make([]string, len(t.columns))
	for i, c := range t.columns {
		text := c.Cell(item, t.env)
		if c.Marks != nil {
			row[i] = carry(safeMarked(text, c.Marks(item), t.streams.ColorOut()))
			continue
		}
		row[i] = carry(Safe(text))
	}
	return row
}

func (t *table[T]) held() bool { return len(t.rows) > 0 }

// flush writes the rows that were held back.
func (t *table[T]) flush() error {
	if err := t.start(); err != nil {
		return err
	}
	for _, row := range t.rows {
		if err := t.row(row); err != nil {
			return err
		}
	}
	t.rows, t.bytes = t.rows[:0], 0
	if t.records {
		return nil
	}
	return t.grid.err
}

func (t *table[T]) row(row []string) error {
	if t.records {
		t.written++
		if t.written > 1 {
			if err := t.w.WriteByte('\n'); err != nil {
				return err
			}
		}
		return t.record(row)
	}
	cells := make([]string, len(t.shown))
	for i, at := range t.shown {
		cells[i] = row[at]
		if t.streams.Width() > 0 && !t.columns[at].Right {
			cells[i] = displaywidth.TruncateString(cells[i], t.widths[i], "…")
		}
	}
	return t.table.Append(cells)
}

// start lays the columns out and writes the header, once. Later it makes room
// for the rows that wait.
func (t *table[T]) start() error {
	if t.started {
		if !t.records {
			t.widen()
		}
		return nil
	}
	t.started = true
	titles, ok := t.layOut()
	if !ok {
		t.records = true
		return nil
	}
	right := make([]bool, len(t.shown))
	for i, at := range t.shown {
		right[i] = t.columns[at].Right
	}
	t.grid = &grid{w: t.w, widths: t.widths, right: right, palette: t.streams.OutPalette()}
	t.table = newGrid(t.grid)
	if err := t.table.Start(); err != nil {
		return err
	}
	if t.header {
		t.table.Header(titles)
	}
	return t.grid.err
}

func (t *table[T]) close(string) error {
	if err := t.flush(); err != nil || t.records {
		return err
	}
	return t.table.Close()
}

// one writes a field and its value a line; long values are wrapped.
func (t *table[T]) one(item T) error { return t.record(t.cells(item)) }

func (t *table[T]) record(row []string) error {
	names, limit := 0, t.streams.Width()
	for _, c := range t.columns {
		names = max(names, displaywidth.String(c.label()))
	}
	palette := t.streams.OutPalette()
	indent := strings.Repeat(" ", names+columnGap)
	for i, c := range t.columns {
		lines := row[i : i+1]
		if limit > 0 {
			lines = wrap(row[i], max(limit-names-columnGap, 1))
		}
		for n := range lines {
			lines[n] = paintMarks(palette, lines[n])
		}
		label := palette.Bold(c.label()) + indent[displaywidth.String(c.label()):]
		text := strings.TrimRight(label+strings.Join(lines, "\n"+indent), " ")
		if err := writeAll(t.w, []byte(text), []byte("\n")); err != nil {
			return err
		}
	}
	return nil
}
