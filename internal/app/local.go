package app

import (
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// localPage is the page size of local listings.
const localPage = 100

// Selection picks some of the items that are kept on this machine.
type Selection[T any] struct {
	Keep  func(T) bool
	Limit int  // 0 for all
	Cut   bool // set when the limit left items out
}

// First yields up to Limit items that Keep accepts. It passes errors on.
func (s *Selection[T]) First(items iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		kept := 0
		for item, err := range items {
			if err == nil {
				if !s.Keep(item) {
					continue
				}
				kept++
				if s.Limit > 0 && kept > s.Limit {
					s.Cut = true
					return
				}
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// Last yields the last Limit items that Keep accepts, in their order. It yields
// errors first, and holds at most Limit items in memory.
func (s *Selection[T]) Last(items iter.Seq2[T, error]) iter.Seq2[T, error] {
	if s.Limit == 0 {
		return s.First(items)
	}
	return func(yield func(T, error) bool) {
		var ring []T
		next := 0 // the oldest in a full ring
		for item, err := range items {
			switch {
			case err != nil:
				if !yield(item, err) {
					return
				}
			case !s.Keep(item):
			case len(ring) < s.Limit:
				ring = append(ring, item)
			default:
				s.Cut = true
				ring[next] = item
				next = (next + 1) % s.Limit
			}
		}
		for i := range ring {
			if !yield(ring[(next+i)%len(ring)], nil) {
				return
			}
		}
	}
}

// Pages makes pages, for a Listing, of what is kept on this machine. An item
// that can't be read is warned of, the others follow, and the end is a
// fault.Partial.
func Pages[T any](a *App, items iter.Seq2[T, error]) iter.Seq2[roaming.Page[T], error] {
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
			default:
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
			yield(roaming.Page[T]{}, fault.New(fault.Partial, "%d items could not be read; the others are complete", bad))
		}
	}
}
