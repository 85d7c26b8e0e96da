package store

import (
	"context"
	"strings"
)

// rowsEach is how many rows a statement inserts.
const rowsEach = 64

// rows inserts many rows with few statements.
type rows struct {
	w          *Writer
	head, tail string // around the values
	columns    int
	full       string // the statement for rowsEach rows
	args       []any
}

func newRows(w *Writer, head string, columns int, tail string) *rows {
	r := &rows{w: w, head: head, tail: tail, columns: columns, args: make([]any, 0, rowsEach*columns)}
	r.full = r.statement(rowsEach)
	return r
}

func (r *rows) statement(n int) string {
	one := "(?" + strings.Repeat(",?", r.columns-1) + ")"
	return r.head + one + strings.Repeat(","+one, n-1) + r.tail
}

// add inserts a row, now or with those that follow.
func (r *rows) add(ctx context.Context, values ...any) error {
	r.args = append(r.args, values...)
	if len(r.args) < rowsEach*r.columns {
		return nil
	}
	defer func() { r.args = r.args[:0] }()
	return r.w.exec(ctx, r.full, r.args...)
}

// flush inserts the rows that still wait.
func (r *rows) flush(ctx context.Context) error {
	if len(r.args) == 0 {
		return nil
	}
	defer func() { r.args = r.args[:0] }()
	return r.w.exec(ctx, r.statement(len(r.args)/r.columns), r.args...)
}
