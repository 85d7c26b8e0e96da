package browse

import (
	"context"
	"errors"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// A window holds at most maxWindow messages of a conversation, read in pages.
const (
	pageSize  = 50
	maxWindow = 8 * pageSize
)

// entry is a message, or an item that could not be read.
type entry struct {
	source.Message

	failed string // why it could not be read
	shown  block  // as it was last drawn
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
	for m, itemErr := range src.Messages(ctx, ref, q) {
		e := &entry{Message: m}
		if item, ok := errors.AsType[*roaming.ItemError](itemErr); ok {
			e.failed = item.Err.Error()
		} else if itemErr != nil {
			err, p.end = itemErr, false
			break
		}
		p.entries = append(p.entries, e)
		if n := len(p.entries); n >= pageSize && e.Position != "" || n >= maxWindow/2 {
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

// prepend adds older entries, and drops the newest ones that are too many. It returns
// how far the entries have moved.
func (w *window) prepend(p page) (moved int) {
	w.entries = append(p.entries, w.entries...)
	w.oldest = p.end
	if len(w.entries) > maxWindow {
		n := maxWindow
		for n > 0 && w.entries[n-1].Position == "" {
			n--
		}
		clear(w.entries[n:])
		w.entries, w.newest = w.entries[:n], false
	}
	return len(p.entries)
}

// appendPage adds newer entries, and drops the oldest ones that are too many.
func (w *window) appendPage(p page) (moved int) {
	w.entries = append(w.entries, p.entries...)
	w.newest = p.end
	if len(w.entries) > maxWindow {
		n := len(w.entries) - maxWindow
		for n < len(w.entries) && w.entries[n].Position == "" {
			n++
		}
		w.entries, w.oldest = slices.Clone(w.entries[n:]), false
		return -n
	}
	return 0
}
