package roaming

import "iter"

// Cursor is the position of a page in a listing: opaque, "" for the beginning and,
// in an answer, for the end.
type Cursor string

// Page is a page of a listing.
type Page[T any] struct {
	Items []T
	// Next is the cursor of the next page; "" on the last page.
	Next Cursor
	// Bad are the items that cannot be read.
	Bad []*ItemError
	// Full is true for a full numbered page: there may be another after it.
	Full bool
}

// Items yields the items of pages. An unreadable item comes as an *ItemError and the
// sequence continues; any other error ends it.
func Items[T any](pages iter.Seq2[Page[T], error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			if !page.yieldTo(yield) {
				return
			}
		}
	}
}

// yieldTo yields the items, then the unreadable ones, and reports whether yield wants
// more.
func (p Page[T]) yieldTo(yield func(T, error) bool) bool {
	for _, item := range p.Items {
		if !yield(item, nil) {
			return false
		}
	}
	for _, bad := range p.Bad {
		var zero T
		if !yield(zero, bad) {
			return false
		}
	}
	return true
}
