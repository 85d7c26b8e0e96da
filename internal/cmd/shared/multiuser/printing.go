package multiuser

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
		Name: "user", Default: true,
		Cell: func(o O, _ render.Env) string { user, _ := of(o); return user },
	}}
	for _, c := range v.Columns {
		columns = append(columns, render.Column[O]{
			Name: c.Name, Header: c.Header, Default: c.Default, Right: c.Right, Flex: c.Flex, Spare: c.Spare,
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
func printAll[T any](ctx context.Context, r *run, v render.View[T], do func(context.Context, ledger.User, func([]T) error) (ledger.Result, error)) error {
	out, err := newRows(r.app, v)
	if err != nil {
		return err
	}
	err = engine(r, do, out).Run(ctx)
	if closed := out.Close(""); err == nil {
		err = closed
	}
	return err
}

// rows writes items to a list. It is a bulk.Printer.
type rows[T any] struct{ *render.List[T] }

func newRows[T any](a *app.App, v render.View[T]) (rows[T], error) {
	opts, err := a.Output()
	if err != nil {
		return rows[T]{}, err
	}
	list, err := render.NewList(a.IO, opts, v)
	return rows[T]{list}, err
}

// Print is part of bulk.Printer.
func (r rows[T]) Print(_ ledger.User, items []T) error { return r.Write(items...) }

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
