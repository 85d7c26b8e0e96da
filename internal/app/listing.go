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
	// More returns the flag that continues a listing after a cursor.
	More func(next roaming.Cursor) string
	// Empty is a note for a table without rows; "" for none.
	Empty string
}

// Run writes pages as they arrive, in the format that the user chose, and holds
// one at a time. After a failure it prints the pages before it as a complete
// document, whose next_cursor continues the listing. A failure before the first
// page prints nothing, which would look like an empty list. Unreadable items are
// reported on the error stream and make the result fault.Partial.
//
// Run checks the output options before it calls open, so that a mistake in them
// costs no request.
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
	// The notes below need the screen that the pager uses.
	err = errors.Join(err, a.IO.StopPager())
	for _, item := range w.bad {
		a.Warn("%v", fmt.Errorf("unreadable: %w: %.200q", item, item.Raw))
	}
	if err != nil {
		l.noteCursor(a, w.next)
		return err
	}
	if w.items == 0 && l.Empty != "" && PlainTable(opts) {
		a.Note("%s", l.Empty)
	}
	return l.conclude(a, len(w.bad), w.next)
}

// noteCursor tells the user where to continue a listing that failed, unless
// writing it failed.
func (l Listing[T]) noteCursor(a *App, next roaming.Cursor) {
	if next != "" && l.More != nil && a.IO.WriteError() == nil {
		a.Note("the items above are complete: %s", l.More(next))
	}
}

// conclude tells the user of more pages and of unreadable items.
func (l Listing[T]) conclude(a *App, bad int, next roaming.Cursor) error {
	if next != "" && l.More != nil {
		a.Note("there is more: %s", l.More(next))
	}
	if bad > 0 {
		return fault.New(fault.Partial, "%d of the items could not be read; the others are complete", bad).
			WithHint("stderr shows their positions and bytes")
	}
	return nil
}

// writing is the state of a listing.
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
