package browse

import (
	"context"
	"errors"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// A window holds about maxWindow messages of a conversation or maxBytes, read in pages
// of pageSize messages or pageBytes. Those near the cursor are always in it.
const (
	pageSize  = 50
	maxWindow = 8 * pageSize
	pageBytes = 1 << 20
	maxBytes  = 8 * pageBytes

	// near is how close to an end of the window the cursor is when more is read.
	near      = pageSize / 2
	nearBytes = pageBytes / 2
)

// entry is a message, or an item that could not be read.
type entry struct {
	source.Message

	failed string // why it could not be read
	size   int    // about how many bytes it has
	shown  block  // as it was last drawn
}

func newEntry(m source.Message, err error) *entry {
	e := &entry{Message: m}
	if item, ok := errors.AsType[*roaming.ItemError](err); ok {
		e.failed = item.Err.Error()
	}
	encoded, _ := m.AppendJSON(nil) // what can't be encoded is small
	e.size = len(encoded) + len(m.Raw) + len(e.failed)
	return e
}

// key names a message in any window.
func (e *entry) key() string {
	if e.Position != "" {
		return string(e.Position)
	}
	return e.Timestamp.String() + " " + e.From + " " + bounded(e.Text, 100)
}

// window is the part of a conversation that is in memory, oldest first. Both ends
// are entries from which the source can continue, or the conversation's ends.
type window struct {
	entries        []*entry
	oldest, newest bool // the conversation's first and last message are in it
}

// page is a part of a conversation that was read, oldest first.
type page struct {
	entries []*entry
	end     bool // there is nothing after it in the direction in which it was read
}

// readPage reads at most a page. It stops at an entry that reading can continue from.
func readPage(ctx context.Context, src source.Source, ref roaming.Ref, q source.Query) (p page, err error) {
	p.end = true
	size := 0
	for m, itemErr := range src.Messages(ctx, ref, q) {
		if itemErr != nil && !roaming.IsItemError(itemErr) {
			err, p.end = itemErr, false
			break
		}
		e := newEntry(m, itemErr)
		p.entries = append(p.entries, e)
		size += e.size
		if n := len(p.entries); (n >= pageSize || size >= pageBytes) && e.Position != "" || n >= maxWindow/2 {
			p.end = false
			break
		}
	}
	if err != nil { // what comes after the last position would be read again
		for len(p.entries) > 0 && p.entries[len(p.entries)-1].Position == "" {
			p.entries = p.entries[:len(p.entries)-1]
		}
	}
	if q.Direction != roaming.Down {
		slices.Reverse(p.entries)
	}
	return p, err
}

// has reports whether a page repeats a message: the source lost its place.
func (w *window) has(p page) bool {
	known := make(map[source.Position]bool, len(w.entries))
	for _, e := range w.entries {
		known[e.Position] = e.Position != ""
	}
	return slices.ContainsFunc(p.entries, func(e *entry) bool { return known[e.Position] })
}

// prepend adds older entries, and drops the newest ones that are too many. cursor is the
// current entry; prepend returns its new index.
func (w *window) prepend(p page, cursor int) int {
	cursor += len(p.entries)
	w.entries = append(p.entries, w.entries...)
	w.oldest = p.end
	n := len(w.entries)
	if keep := kept(n, cursor, func(i int) *entry { return w.entries[i] }); keep < n {
		clear(w.entries[keep:])
		w.entries, w.newest = w.entries[:keep], false
	}
	return cursor
}

// appendPage adds newer entries, and drops the oldest ones that are too many. cursor is
// the current entry; appendPage returns its new index.
func (w *window) appendPage(p page, cursor int) int {
	w.entries = append(w.entries, p.entries...)
	w.newest = p.end
	n := len(w.entries)
	drop := n - kept(n, n-1-cursor, func(i int) *entry { return w.entries[n-1-i] })
	if drop > 0 {
		w.entries, w.oldest = slices.Clone(w.entries[drop:]), false
	}
	return cursor - drop
}

// kept is how many of n entries fit into the window, counted from the end that was
// read. at returns them from there, and cursor is the current one. Those near the
// cursor are kept, or they would be read again at once.
func kept(n, cursor int, at func(int) *entry) int {
	size, after := 0, 0 // of all, and of those after the current entry
	for i := range n {
		e := at(i)
		size += e.size
		enough := i > cursor+near || after >= nearBytes
		if enough && (i >= maxWindow || size > maxBytes) && at(i-1).Position != "" {
			return i
		}
		if i > cursor {
			after += e.size
		}
	}
	return n
}

// isNear reports whether an end of the window is near, by the entries up to it.
func isNear(entries []*entry) bool {
	size := 0
	for _, e := range entries {
		size += e.size
	}
	return len(entries) < near && size < nearBytes
}
