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
	// Empty tells people what a table without rows may mean; "" for nothing.
	Empty string
}

// Run writes pages as they arrive, in the format that the user chose, and
// holds one at a time. What came before a failure is printed as a complete
// document, whose next_cursor is where to go on; a failure before the first
// page prints nothing, for that would look like an empty list. Items that could not be read
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
	w := writing[T]{list: list, live: a.IO.OutTTY()}
	err = w.all(pages)
	if w.pages > 0 || err == nil {
		err = errors.Join(err, list.Close(string(w.next)))
	}
	// What follows is for the screen that the pager has had so far.
	err = errors.Join(err, a.IO.StopPager())
	for _, item := range w.bad {
		a.Warn("%v", fmt.Errorf("unreadable: %w: %.200q", item, item.Raw))
	}
	if err != nil {
		l.goOn(a, w.next)
		return err
	}
	if w.items == 0 && l.Empty != "" && PlainTable(opts) {
		a.Note("%s", l.Empty)
	}
	return l.conclude(a, len(w.bad), w.next)
}

// goOn tells where a listing that failed can be taken up again. What was not
// written has no such place.
func (l Listing[T]) goOn(a *App, next roaming.Cursor) {
	if next != "" && l.More != nil && a.IO.WriteError() == nil {
		a.Note("what came before is complete: %s", l.More(next))
	}
}

// conclude tells what the items themselves do not.
func (l Listing[T]) conclude(a *App, bad int, next roaming.Cursor) error {
	if next != "" && l.More != nil {
		a.Note("there is more: %s", l.More(next))
	}
	if bad > 0 {
		return fault.New(fault.Partial, "%d of the items could not be read; the others are complete", bad).
			WithHint("their positions and bytes are on the error stream above")
	}
	return nil
}

// writing is a listing that is being written.
type writing[T any] struct {
	list  *render.List[T]
	live  bool // pages are shown as they arrive
	pages int
	items int
	bad   []*roaming.ItemError
	next  roaming.Cursor // after the last page that was written
}

func (w *writing[T]) all(pages iter.Seq2[roaming.Page[T], error]) error {
	for page, err := range pages {
		if err != nil {
			return err
		}
		if err := w.list.Write(page.Items...); err != nil {
			return err
		}
		if w.live {
			if err := w.list.Flush(); err != nil {
				return err
			}
		}
		w.pages++
		w.items += len(page.Items)
		w.bad = append(w.bad, page.Bad...)
		w.next = page.Next
	}
	return nil
}
