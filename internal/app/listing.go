package app

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Listing prints a listing page by page.
type Listing[T any] struct {
	View render.View[T]
	// More tells how to go on after a listing that a limit cut short.
	More func(next roaming.Cursor) string
}

// Run writes pages as they arrive, in the format that the user chose, and
// holds one at a time. What came before a failure is printed as a complete
// document, whose next_cursor is where to go on. Items that could not be read
// are reported on the error stream and make the result fault.Partial.
//
// The output options are checked before open is called, so that a mistake in
// them costs no request.
func (l Listing[T]) Run(ctx context.Context, a *App, open func() (iter.Seq2[roaming.Page[T], error], error)) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	list, err := render.NewList(a.IO, opts, l.View)
	if err != nil {
		return err
	}
	pages, err := open()
	if err != nil {
		return err
	}
	if err := a.StartPager(ctx); err != nil {
		return err
	}
	next, bad, failed := writePages(a, list, pages)
	if err := errors.Join(failed, list.Close(string(next))); err != nil {
		return err
	}
	if next != "" && l.More != nil {
		a.Hint("there is more: %s", l.More(next))
	}
	if bad > 0 {
		return fault.New(fault.Partial, "%d of the items could not be read; the others are complete", bad).
			WithHint("their positions and bytes are on the error stream above")
	}
	return nil
}

// writePages returns the cursor after the last page that was written.
func writePages[T any](a *App, list *render.List[T], pages iter.Seq2[roaming.Page[T], error]) (next roaming.Cursor, bad int, err error) {
	for page, err := range pages {
		if err != nil {
			return next, bad, err
		}
		if err := list.Write(page.Items...); err != nil {
			return next, bad, err
		}
		for _, item := range page.Bad {
			a.Warn("%v", fmt.Errorf("unreadable: %w: %.200q", item, item.Raw))
		}
		bad += len(page.Bad)
		next = page.Next
	}
	return next, bad, nil
}
