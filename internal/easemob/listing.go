package easemob

import (
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// listing keeps count of a listing's pages: how much to ask for, and whether
// the service still gets anywhere.
type listing struct {
	what   string // for errors
	limit  int    // items still wanted; negative for all
	size   int    // items a page
	page   int    // pages so far
	empty  int    // empty pages in a row
	marked roaming.Cursor
	next   int // the page whose cursor is marked next
}

// maxEmptyPages is how many empty pages in a row are followed: filters may
// cause some, a broken service endless ones.
const maxEmptyPages = 1000

func newListing(what string, start roaming.Cursor, limit, size, most int) (*listing, error) {
	switch {
	case size < 0 || size > most:
		return nil, fault.New(fault.Usage, "%s: the page size is 1 to %d, not %d", what, most, size)
	case limit < 0:
		return nil, fault.New(fault.Usage, "%s: the limit is 1 or more, or 0 for all, not %d", what, limit)
	}
	if size == 0 {
		size = most
	}
	if limit == 0 {
		limit = -1
	}
	return &listing{what: what, limit: limit, size: size, marked: start, next: 1}, nil
}

// ask is how many items the next page should hold: never more than are still
// wanted, so that the cursor after it is exact.
func (l *listing) ask() int {
	if l.limit < 0 {
		return l.size
	}
	return min(l.size, l.limit)
}

// took counts a page of n items, readable or not, whose answer goes on at
// next unless it is the last. more is false when the listing is at its end or
// limit; err is set when the service leads nowhere. (A service that sends more
// than it was asked for is not cut short: that would lose what lies before its
// cursor.)
func (l *listing) took(n int, next roaming.Cursor, last bool) (more bool, err error) {
	l.page++
	l.empty++
	if n > 0 {
		l.empty = 0
	}
	if l.limit >= 0 {
		if l.limit -= n; l.limit <= 0 {
			return false, nil
		}
	}
	if last || next == "" && n == 0 {
		return false, nil
	}
	if next == "" {
		return false, fault.New(fault.Network, "%s: the service says that there is more, but not where", l.what)
	}
	if next == l.marked || l.empty > maxEmptyPages {
		return false, fault.New(fault.Network, "%s: the service goes round in circles at cursor %q", l.what, next).
			WithHint("what was listed so far is right; report the cursor to the vendor")
	}
	// Marking at pages 1, 2, 4, 8 ... finds a circle of any length in time
	// (Brent's algorithm) without remembering every cursor.
	if l.page == l.next {
		l.marked, l.next = next, 2*l.next
	}
	return true, nil
}
