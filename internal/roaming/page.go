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
