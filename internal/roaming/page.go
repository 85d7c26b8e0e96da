package roaming

import (
	"errors"
	"fmt"
	"iter"
)

// ItemError is an item of a page that could not be read. The rest of the page
// is not affected.
type ItemError struct {
	Page     int    // the page's number in this listing, from 1
	Position int    // the item's position on its page, from 1
	Raw      string // the item as it came
	Err      error
	// Listed tells that the item is among the page's Items all the same: a
	// part of it could not be read.
	Listed bool
}

// Error names the page and the position.
func (e *ItemError) Error() string {
	return fmt.Sprintf("page %d, item %d: %v", e.Page, e.Position, e.Err)
}

// Unwrap is the cause.
func (e *ItemError) Unwrap() error { return e.Err }

// Items flattens pages. An unreadable item comes as an *ItemError and the
// sequence goes on; any other error ends it.
func Items[T any](pages iter.Seq2[Page[T], error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for page, err := range pages {
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			for _, bad := range page.Bad {
				if !yield(zero, bad) {
					return
				}
			}
		}
	}
}

// IsItemError tells whether err is about one item only, so that a listing can go on.
func IsItemError(err error) bool {
	_, ok := errors.AsType[*ItemError](err)
	return ok
}
