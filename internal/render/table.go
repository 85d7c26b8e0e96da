package render

import (
	"bufio"
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/olekukonko/ll"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/roamctl/roamctl/internal/iostreams"
)

const (
	columnGap = 2
	minFlex   = 12 // what is left to a flexible column, however narrow the terminal
)

// grid lays out prepared cells: tablewriter brings headers, rows and cells of
// several lines together, and this renderer aligns them. Unlike tablewriter's
// own it measures by grapheme cluster, never cuts a cell, and ends no line with
// spaces.
type grid struct {
	w      *bufio.Writer
	widths []int
	right  []bool
	header func(string) string // styles a title
	err    error
}

// newGrid is a tablewriter table that streams to g.
func newGrid(g *grid) *tablewriter.Table {
	perColumn := tw.NewMapper[int, int]()
	for i, n := range g.widths {
		perColumn.Set(i, max(n, 1))
	}
	return tablewriter.NewTable(g.w,
		tablewriter.WithRenderer(g),
		tablewriter.WithStreaming(tw.StreamConfig{Enable: true}),
		tablewriter.WithColumnWidths(perColumn),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithPadding(tw.PaddingNone),
	)
}

// line writes one line of cells, the last one unpadded.
func (g *grid) line(cells []string, style func(column int, cell string) string) {
	var b strings.Builder
	gap := 0
	for i, cell := range cells {
		if i >= len(g.widths) {
			break
		}
		width := displaywidth.String(cell)
		pad := max(g.widths[i]-width, 0)
		if g.right[i] {
			gap, pad = gap+pad, 0
		}
		if cell != "" {
			b.WriteString(strings.Repeat(" ", gap))
			b.WriteString(style(i, cell))
			gap = pad
		} else {
			gap += pad
		}
		gap += columnGap
	}
	b.WriteByte('\n')
	if _, err := g.w.WriteString(b.String()); err != nil && g.err == nil {
		g.err = err
	}
}

// Header is part of tw.Renderer.
func (g *grid) Header(lines [][]string, _ tw.Formatting) {
	for _, cells := range lines {
		g.line(cells, func(_ int, title string) string { return g.header(title) })
	}
}

// Row is part of tw.Renderer.
func (g *grid) Row(cells []string, _ tw.Formatting) {
	g.line(cells, func(_ int, cell string) string { return cell })
}

// Config is part of tw.Renderer: no borders, no lines, as a stream.
func (g *grid) Config() tw.Rendition {
	return tw.Rendition{
		Borders:   tw.BorderNone,
		Settings:  tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		Streaming: true,
	}
}

// The rest of tw.Renderer has nothing to draw.

func (g *grid) Start(io.Writer) error            { return nil }
func (g *grid) Footer([][]string, tw.Formatting) {}
func (g *grid) Line(tw.Formatting)               {}
func (g *grid) Close() error                     { return g.err }
func (g *grid) Logger(*ll.Logger)                {}

// table writes rows as pages arrive. The first page decides the widths; a
// later one may only widen columns.
type table[T any] struct {
	w       *bufio.Writer
	streams *iostreams.Streams
	columns []Column[T]
	env     Env
	header  bool

	table  *tablewriter.Table
	grid   *grid
	widths []int
}

func newTable[T any](w *bufio.Writer, s *iostreams.Streams, columns []Column[T], env Env, header bool) *table[T] {
	return &table[T]{w: w, streams: s, columns: columns, env: env, header: header}
}

func (t *table[T]) page(items []T) error {
	rows := make([][]string, len(items))
	for i, item := range items {
		rows[i] = make([]string, len(t.columns))
		for j, c := range t.columns {
			rows[i][j] = carry(Safe(c.Cell(item, t.env)))
		}
	}
	if err := t.start(rows); err != nil {
		return err
	}
	for _, row := range rows {
		for j, c := range t.columns {
			if c.Flex && t.env.Terminal {
				row[j] = displaywidth.TruncateString(row[j], t.widths[j], "…")
			}
		}
		if err := t.table.Append(row); err != nil {
			return err
		}
	}
	return t.grid.err
}

// start writes the header, once.
func (t *table[T]) start(rows [][]string) error {
	if t.table != nil {
		t.measure(rows)
		return nil
	}
	titles := make([]string, len(t.columns))
	right := make([]bool, len(t.columns))
	t.widths = make([]int, len(t.columns))
	for j, c := range t.columns {
		titles[j], right[j] = c.title(), c.Right
		if t.header {
			t.widths[j] = displaywidth.String(titles[j])
		}
	}
	t.measure(rows)
	t.grid = &grid{w: t.w, widths: t.widths, right: right, header: t.streams.OutPalette().Bold}
	t.table = newGrid(t.grid)
	if err := t.table.Start(); err != nil {
		return err
	}
	if t.header {
		t.table.Header(titles)
	}
	return t.grid.err
}

// measure widens the columns to a page. Free text keeps the width that the
// first page gave it: one long message shall not move all that follow.
func (t *table[T]) measure(rows [][]string) {
	for j, c := range t.columns {
		if c.Flex && t.table != nil {
			continue
		}
		for _, row := range rows {
			t.widths[j] = max(t.widths[j], displaywidth.String(row[j]))
		}
	}
	if limit := t.streams.Width(); limit > 0 {
		shrink(t.columns, t.widths, limit)
	}
}

// shrink takes from the flexible columns, the widest first, until the line fits.
func shrink[T any](columns []Column[T], widths []int, limit int) {
	total := columnGap * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	for total > limit {
		widest := -1
		for j, c := range columns {
			if c.Flex && widths[j] > minFlex && (widest < 0 || widths[j] > widths[widest]) {
				widest = j
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
		total--
	}
}

func (t *table[T]) close(string) error {
	if err := t.start(nil); err != nil {
		return err
	}
	return t.table.Close()
}

// one writes a field and its value a line; long values are wrapped.
func (t *table[T]) one(item T) error {
	names, limit := 0, t.streams.Width()
	for _, c := range t.columns {
		names = max(names, displaywidth.String(c.label()))
	}
	bold := t.streams.OutPalette().Bold
	indent := strings.Repeat(" ", names+columnGap)
	for _, c := range t.columns {
		lines := []string{carry(Safe(c.Cell(item, t.env)))}
		if limit > 0 {
			lines = wrap(lines[0], max(limit-names-columnGap, minFlex))
		}
		label := bold(c.label()) + indent[displaywidth.String(c.label()):]
		text := strings.TrimRight(label+strings.Join(lines, "\n"+indent), " ")
		if err := writeAll(t.w, []byte(text), []byte("\n")); err != nil {
			return err
		}
	}
	return nil
}
