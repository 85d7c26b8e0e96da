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

const columnGap = 2

// grid lays out prepared cells: tablewriter brings headers, rows and cells of
// several lines together, and this renderer aligns them. Unlike tablewriter's
// own it measures by grapheme cluster, never cuts a cell, and ends no line with
// spaces.
type grid struct {
	w       *bufio.Writer
	widths  []int
	right   []bool
	palette iostreams.Palette
	err     error
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
		g.line(cells, func(_ int, title string) string { return g.palette.Bold(title) })
	}
}

// Row is part of tw.Renderer.
func (g *grid) Row(cells []string, _ tw.Formatting) {
	g.line(cells, func(_ int, cell string) string { return paintMarks(g.palette, cell) })
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
