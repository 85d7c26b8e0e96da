package bulk

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// owned is a view of one user's items as one of several users'.
func owned[T, O any](v render.View[T], of func(O) (string, T)) render.View[O] {
	columns := []render.Column[O]{{
		Name: "owner", Default: true,
		Cell: func(o O, _ render.Env) string { owner, _ := of(o); return owner },
	}}
	for _, c := range v.Columns {
		columns = append(columns, render.Column[O]{
			Name: c.Name, Header: c.Header, Default: c.Default, Right: c.Right, Flex: c.Flex,
			Cell: func(o O, e render.Env) string { _, item := of(o); return c.Cell(item, e) },
		})
	}
	return render.View[O]{Columns: columns}
}

// checkList refuses output options that a list can't be printed with.
func checkList[T any](a *app.App, v render.View[T]) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	_, err = render.NewList(a.IO, opts, v)
	return err
}

// printAll does a part for each user and prints the items as one list, in the
// order of the users.
func printAll[T any](ctx context.Context, r *run, v render.View[T], do func(context.Context, ledger.Owner, func([]T) error) (ledger.Result, error)) error {
	out, err := newRows(r.app, v)
	if err != nil {
		return err
	}
	err = engine(r, do, out).Run(ctx)
	if closed := out.list.Close(""); err == nil {
		err = closed
	}
	return err
}

// tableRows is how many rows of a table are put together: its columns are made
// to fit what is written at once, and a user may have a single row.
const tableRows = 50

// rows hands items on to a list, some at a time. It is a bulk.Printer.
type rows[T any] struct {
	list    *render.List[T]
	hold    int // how many are put together; 0 for what comes
	waiting []T
}

func newRows[T any](a *app.App, v render.View[T]) (*rows[T], error) {
	opts, err := a.Output()
	if err != nil {
		return nil, err
	}
	list, err := render.NewList(a.IO, opts, v)
	if err != nil {
		return nil, err
	}
	out := &rows[T]{list: list}
	if opts.Format == render.Table {
		out.hold = tableRows
	}
	return out, nil
}

// Print is part of bulk.Printer.
func (r *rows[T]) Print(_ ledger.Owner, items []T) error {
	r.waiting = append(r.waiting, items...)
	if len(r.waiting) < r.hold {
		return nil
	}
	return r.Flush()
}

// Held is part of bulk.Printer.
func (r *rows[T]) Held() bool { return len(r.waiting) > 0 }

// Flush is part of bulk.Printer.
func (r *rows[T]) Flush() error {
	if len(r.waiting) == 0 {
		return nil
	}
	err := r.list.Write(r.waiting...)
	r.waiting = r.waiting[:0]
	return err
}

// warnOf tells of items that could not be read, and counts them.
func warnOf(a *app.App, whose string, bad []*roaming.ItemError) int {
	for _, item := range bad {
		a.Warn("%v", fmt.Errorf("of %s, unreadable: %w: %.200q", whose, item, item.Raw))
	}
	return len(bad)
}

// unread makes a user's part one that failed when items could not be read.
func unread(bad int) error {
	if bad == 0 {
		return nil
	}
	return fault.New(fault.Partial, "%s could not be read; the others are complete", render.Count(bad, "item"))
}
