package render

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
	"time"
	"unicode"
)

// csvTable is comma-separated values (RFC 4180) in UTF-8 without a byte order
// mark, one header line with the column names, lines ended by a newline. The
// cells have the exact text, but on a terminal.
type csvTable[T any] struct {
	csv     *csv.Writer
	columns []Column[T]
	env     Env
	header  bool
	safe    bool // somebody reads it on a terminal
}

func newCSV[T any](w *bufio.Writer, columns []Column[T], env Env, header bool) *csvTable[T] {
	safe := env.Terminal
	env.Terminal = false // times and sizes stay data, wherever they go
	return &csvTable[T]{csv: csv.NewWriter(w), columns: columns, env: env, header: header, safe: safe}
}

func (t *csvTable[T]) page(items []T) error {
	if err := t.start(); err != nil {
		return err
	}
	record := make([]string, len(t.columns))
	for _, item := range items {
		for j, c := range t.columns {
			cell := c.Cell(item, t.env)
			if !c.Right || !isNumber(cell) {
				cell = notFormula(cell)
			}
			if t.safe {
				cell = SafeLines(cell)
			}
			record[j] = cell
		}
		if err := t.csv.Write(record); err != nil {
			return err
		}
	}
	t.csv.Flush()
	return t.csv.Error()
}

func (t *csvTable[T]) start() error {
	if !t.header {
		return nil
	}
	t.header = false
	names := make([]string, len(t.columns))
	for j, c := range t.columns {
		names[j] = c.Name
	}
	return t.csv.Write(names)
}

func (t *csvTable[T]) close(string) error {
	if err := t.start(); err != nil {
		return err
	}
	t.csv.Flush()
	return t.csv.Error()
}

func (t *csvTable[T]) one(item T) error { return t.page([]T{item}) }

// notFormula puts an apostrophe before what a spreadsheet might run: a cell
// that starts, after blanks and invisible characters, with a formula's sign
// (half or full width), or that starts with a tab or a line break.
func notFormula(cell string) string {
	first := strings.TrimLeftFunc(cell, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf)
	})
	if strings.IndexAny(first, "=+-@＝＋－＠") == 0 || strings.IndexAny(cell, "\t\r\n") == 0 {
		return "'" + cell
	}
	return cell
}

func isNumber(cell string) bool {
	return strings.Trim(strings.TrimPrefix(cell, "-"), "0123456789.") == ""
}

// CSVFile writes rows of all columns of a view, for a file.
type CSVFile[T any] struct{ table *csvTable[T] }

// NewCSVFile makes one that writes the columns' names first, if header.
func NewCSVFile[T any](w io.Writer, v View[T], header bool) *CSVFile[T] {
	o := Options{Location: time.UTC}.complete(false)
	return &CSVFile[T]{newCSV(bufio.NewWriter(w), v.Columns, Env{Location: o.Location, Now: o.Now()}, header)}
}

// Write writes rows, at once.
func (c *CSVFile[T]) Write(rows ...T) error { return c.table.page(rows) }
