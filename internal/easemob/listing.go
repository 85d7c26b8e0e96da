package easemob

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/secrets"
)

// listing is a paged list of the service: a conversation's history, a user's
// conversations or groups, the app's users, a group's members.
type listing[T any] struct {
	secrets *secrets.Redactor
	err     error          // why it cannot be requested
	what    string         // for errors
	start   roaming.Cursor // of the first page; "" for the beginning
	limit   int            // items wanted; 0 for all
	size    int            // items a page; 0 for maxSize
	maxSize int            // of the service

	// fetch requests the page at a cursor, of at most size items.
	fetch func(ctx context.Context, at roaming.Cursor, size int) (wirePage, error)
	// decode reads an entry. Entries with the same key are the same item; without
	// a key, two equal entries are two items. An item with an error and a key
	// lacks only a part.
	decode func(raw []byte) (item T, key []byte, err error)
	// only, if not nil, selects items.
	only func(T) bool
	// repeatEnds is true if a cursor that was there before ends the list.
	repeatEnds bool
}

// wirePage is a page as the service sends it.
type wirePage struct {
	entries entries
	next    roaming.Cursor
	last    bool
}

// pages yields the list's pages, each requested when the caller wants it. The
// sequence ends after an error.
func (l listing[T]) pages(ctx context.Context) iter.Seq2[roaming.Page[T], error] {
	return func(yield func(roaming.Page[T], error) bool) {
		if err := l.check(); err != nil {
			yield(roaming.Page[T]{}, err)
			return
		}
		seen := newRepeats(l.what, l.start)
		seen.ends = l.repeatEnds
		left := l.limit
		for at, more := l.start, true; more; {
			size := l.size
			if l.limit > 0 { // a larger page would lose what is before its cursor
				size = min(size, left)
			}
			page, wire, err := l.request(ctx, at, size, seen)
			if err != nil {
				yield(page, err)
				return
			}
			// The items of a page that is larger than requested are kept, too.
			left -= count(page)
			more = l.limit == 0 || left > 0
			if more {
				if more, err = seen.hasNext(wire); !more && err == nil {
					page.Next = ""
				}
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

// request requests the page at a cursor and reads it.
func (l listing[T]) request(ctx context.Context, at roaming.Cursor, size int, seen *repeats) (page roaming.Page[T], wire wirePage, err error) {
	if wire, err = l.fetch(ctx, at, size); err != nil {
		return page, wire, err
	}
	if page, err = l.read(wire, seen); err != nil {
		return roaming.Page[T]{}, wire, err
	}
	return page, wire, nil
}

func (l *listing[T]) check() error {
	switch {
	case l.err != nil:
		return l.err
	case l.size < 0 || l.size > l.maxSize:
		return fault.New(fault.Usage, "%s: the page size is 1 to %d, not %d", l.what, l.maxSize, l.size)
	case l.limit < 0:
		return fault.New(fault.Usage, "%s: the limit is 1 or more, or 0 for all, not %d", l.what, l.limit)
	}
	if l.size == 0 {
		l.size = l.maxSize
	}
	return nil
}

// read decodes a page and drops the items of earlier pages: live lists shift
// while they are read.
func (l *listing[T]) read(wire wirePage, seen *repeats) (page roaming.Page[T], err error) {
	page.Items = make([]T, 0, len(wire.entries))
	if !wire.last {
		page.Next = wire.next
	}
	seen.beginPage()
	for i, raw := range wire.entries {
		item, key, err := l.decode(raw)
		if seen.add(key, raw) {
			continue
		}
		if err != nil {
			page.Bad = append(page.Bad, &roaming.ItemError{
				Page: seen.page, Position: i + 1, Raw: string(raw),
				Err: &fault.Error{Kind: fault.Network, Err: l.secrets.Error(err)}, Listed: key != nil,
			})
		}
		if (err == nil || key != nil) && (l.only == nil || l.only(item)) {
			page.Items = append(page.Items, item)
		}
	}
	return page, seen.checkPage(wire)
}

// count returns how many items a page has. An item that can be read in part is in
// both Items and Bad.
func count[T any](page roaming.Page[T]) int {
	n := len(page.Items)
	for _, bad := range page.Bad {
		if !bad.Listed {
			n++
		}
	}
	return n
}
