package easemob

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/secrets"
)

// listing is a paged list of the service: a conversation's history, a user's
// conversations or groups, the app's users, a group's members.
type listing[T any] struct {
	secrets *secrets.Redactor
	what    string         // for errors
	start   roaming.Cursor // of the first page; "" for the beginning
	limit   int            // items still wanted; 0 for all
	size    int            // items a page; 0 for most
	most    int            // the largest size that the service takes

	// fetch asks for the page at a cursor, with at most ask items.
	fetch func(ctx context.Context, at roaming.Cursor, ask int) (wirePage, error)
	// decode reads one entry. key is what the entry is known by when it comes
	// again; without one, two equal entries are two. An item with an error
	// and a key is good but for a part of it.
	decode func(raw json.RawMessage) (item T, key []byte, err error)
	// only, if not nil, selects among the items.
	only func(T) bool
}

// wirePage is a page as the service sent it.
type wirePage struct {
	entries entries
	next    roaming.Cursor
	last    bool
}

// maxEmptyPages is how many empty pages in a row are followed: filters may
// cause some, a broken service endless ones.
const maxEmptyPages = 1000

// pages reads the list. The next page is asked for when the caller wants it.
// After an error the sequence ends.
func (l listing[T]) pages(ctx context.Context) iter.Seq2[roaming.Page[T], error] {
	return func(yield func(roaming.Page[T], error) bool) {
		if err := l.check(); err != nil {
			yield(roaming.Page[T]{}, err)
			return
		}
		p := newProgress(l.what, l.start)
		limit := l.limit
		for at, more := l.start, true; more; {
			wire, err := l.fetch(ctx, at, l.ask(limit))
			var page roaming.Page[T]
			if err == nil {
				page, err = l.read(wire, p)
			}
			if err != nil {
				yield(roaming.Page[T]{}, err)
				return
			}
			// A service that sends more than it was asked for is not cut
			// short: that would lose what lies before its cursor.
			limit -= listed(page)
			more = l.limit == 0 || limit > 0
			if more {
				more, err = p.goesOn(wire)
			}
			if !yield(page, nil) {
				return
			}
			if err != nil {
				yield(roaming.Page[T]{}, l.secrets.Error(err))
				return
			}
			at = page.Next
		}
	}
}

func (l *listing[T]) check() error {
	switch {
	case l.size < 0 || l.size > l.most:
		return fault.New(fault.Usage, "%s: the page size is 1 to %d, not %d", l.what, l.most, l.size)
	case l.limit < 0:
		return fault.New(fault.Usage, "%s: the limit is 1 or more, or 0 for all, not %d", l.what, l.limit)
	}
	if l.size == 0 {
		l.size = l.most
	}
	return nil
}

// ask is how many items the next page should hold: never more than are still
// wanted, so that the cursor after it is exact.
func (l *listing[T]) ask(wanted int) int {
	if l.limit == 0 {
		return l.size
	}
	return min(l.size, wanted)
}

// read decodes a page and drops what an earlier page had: live lists shift
// while they are read.
func (l *listing[T]) read(wire wirePage, p *progress) (page roaming.Page[T], err error) {
	page.Items = make([]T, 0, len(wire.entries))
	if !wire.last {
		page.Next = wire.next
	}
	p.begin()
	for i, raw := range wire.entries {
		item, key, err := l.decode(raw)
		if again := p.saw(key, raw); again {
			continue
		}
		if err != nil {
			page.Bad = append(page.Bad, &roaming.ItemError{Page: p.page, Position: i + 1, Raw: string(raw), Err: &fault.Error{Kind: fault.Network, Err: l.secrets.Error(err)}, Listed: key != nil})
		}
		if (err == nil || key != nil) && (l.only == nil || l.only(item)) {
			page.Items = append(page.Items, item)
		}
	}
	return page, p.check(wire)
}

// listed is how many items a page has. One that can be read in part is in both
// of its lists.
func listed[T any](page roaming.Page[T]) int {
	n := len(page.Items)
	for _, bad := range page.Bad {
		if !bad.Listed {
			n++
		}
	}
	return n
}
