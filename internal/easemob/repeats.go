package easemob

import (
	"hash/maphash"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	// maxRemembered is how many entries and cursors a listing remembers, at least
	// and at most twice as many: 80 pages of history, or 4 of a group's members. Live
	// lists shift by a few entries between two pages, so repeats come soon.
	maxRemembered = 4096
	// maxEmptyPages is how many empty pages in a row are followed: filters may
	// cause some, a broken service endless ones.
	maxEmptyPages = 1000

	checkHint = "what was listed is right, but there may be more; "
)

// repeats finds the entries that a listing repeats, and a listing that repeats
// pages or cursors for ever. It remembers the latest entries and cursors, since a
// history may have millions of messages. Brent's algorithm finds circles of any
// length: it marks the pages 1, 2, 4, 8 ... and compares later ones with the mark.
type repeats struct {
	what  string // for errors
	ends  bool   // a repeated cursor ends the list
	page  int    // pages so far
	empty int    // empty pages in a row

	seed        maphash.Seed
	seen, older map[uint64]bool // hashes; true for the first entry of a page

	first        uint64   // entry of this page; 0 without a key
	known, fresh int      // entries of this page: of an earlier page, or not
	current      []uint64 // the new ones

	marked, markedNext uint64 // first entry and next cursor of the marked page
	markAt             int    // the page to mark
}

func newRepeats(what string, start roaming.Cursor) *repeats {
	r := &repeats{what: what, seed: maphash.MakeSeed(), seen: map[uint64]bool{}, markAt: 1}
	if start != "" {
		r.markedNext = r.cursor(start)
		r.remember(r.markedNext, false)
	}
	return r
}

func (r *repeats) cursor(c roaming.Cursor) uint64 {
	return maphash.String(r.seed, "cursor "+string(c))
}

func (r *repeats) beginPage() {
	r.page++
	r.first, r.known, r.fresh, r.current = 0, 0, 0, r.current[:0]
}

// add notes an entry and reports whether its key was there before, on this page or
// an earlier one. An entry without a key is known by its bytes.
func (r *repeats) add(key, raw []byte) (repeated bool) {
	known := key
	if key == nil {
		known = raw
	}
	h := maphash.Bytes(r.seed, known)
	if key != nil && r.known+r.fresh == 0 {
		r.first = h
	}
	_, earlier := r.remembered(h)
	if earlier {
		r.known++
	} else {
		r.fresh++
	}
	if key != nil && (earlier || slices.Contains(r.current, h)) {
		return true
	}
	r.current = append(r.current, h)
	return false
}

// checkPage refuses a page of known entries alone, and one that begins as the
// marked page. The last page of a list that shifted may hold nothing new, but it
// does not begin as an earlier one.
func (r *repeats) checkPage(wire wirePage) error {
	if len(wire.entries) == 0 {
		return nil
	}
	begins, remembered := r.remembered(r.first)
	nothingNew := r.fresh == 0 && (!wire.last || begins)
	if nothingNew || !remembered && r.first != 0 && r.first == r.marked {
		return fault.New(fault.Network, "%s: the service returned only items of earlier pages as page %d", r.what, r.page).
			WithHint(checkHint + "retry; if it fails again, report it to the vendor")
	}
	for _, h := range r.current {
		r.remember(h, h == r.first)
	}
	return nil
}

// hasNext reports whether there is another page, or why it cannot be requested.
func (r *repeats) hasNext(wire wirePage) (bool, error) {
	r.empty++
	if len(wire.entries) > 0 {
		r.empty = 0
	}
	if wire.last {
		return false, nil
	}
	if wire.next == "" {
		return false, fault.New(fault.Network, "%s: the answer has neither a next cursor nor the end of the list", r.what)
	}
	next := r.cursor(wire.next)
	_, before := r.remembered(next)
	repeated := before || next == r.markedNext
	switch {
	case repeated && r.ends:
		return false, nil
	case repeated || r.empty > maxEmptyPages:
		return false, fault.New(fault.Network, "%s: the service repeats cursor %q", r.what, clip(string(wire.next), 100)).
			WithHint(checkHint + "report the cursor to the vendor")
	}
	r.remember(next, false)
	if r.page == r.markAt {
		r.marked, r.markedNext, r.markAt = r.first, next, 2*r.markAt
	}
	return true, nil
}

func (r *repeats) remembered(h uint64) (first, ok bool) {
	if first, ok = r.seen[h]; !ok {
		first, ok = r.older[h]
	}
	return first, ok
}

func (r *repeats) remember(h uint64, first bool) {
	before, _ := r.remembered(h)
	if len(r.seen) == maxRemembered {
		r.seen, r.older = map[uint64]bool{}, r.seen
	}
	r.seen[h] = before || first
}
