package app

import (
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// localPage is how many items of this machine are handed on at once.
const localPage = 100

// Pages makes pages, for a Listing, of what is kept on this machine: the items
// that keep lets through. An item that can't be read is warned of, the others
// follow, and the end is a fault.Partial.
func Pages[T any](a *App, items iter.Seq2[T, error], keep func(T) bool) iter.Seq2[roaming.Page[T], error] {
	return func(yield func(roaming.Page[T], error) bool) {
		var page roaming.Page[T]
		bad := 0
		for item, err := range items {
			switch {
			case fault.KindOf(err) == fault.Interrupted:
				yield(page, err)
				return
			case err != nil:
				a.Warn("%v", err)
				bad++
			case keep(item):
				page.Items = append(page.Items, item)
			}
			if len(page.Items) == localPage {
				if !yield(page, nil) {
					return
				}
				page.Items = nil
			}
		}
		if len(page.Items) > 0 && !yield(page, nil) {
			return
		}
		if bad > 0 {
			yield(roaming.Page[T]{}, fault.New(fault.Partial, "%d could not be read; the others are complete", bad))
		}
	}
}
