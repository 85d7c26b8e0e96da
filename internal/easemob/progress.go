package easemob

import (
	"hash/maphash"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// remembered is how many entries and cursors a listing remembers, by 8 bytes
// each: 80 pages of history, or 4 of a group's members. Live lists shift by
// what changes between two pages, so that what comes again comes soon. A page
// that comes again later is found by the mark.
const remembered = 4096

// progress tells whether a listing still gets anywhere. A service may repeat
// pages or cursors for ever; a history may have millions of messages, so that
// not all of them can be remembered.
type progress struct {
	what string // for errors
	page int    // pages so far
	none int    // empty pages in a row

	seed   maphash.Seed
	seen   map[uint64]bool // true for the first entry of a page
	recent []uint64        // what seen holds, a ring
	oldest int

	first        uint64 // entry of this page, 0 for one without a key
	known, fresh int    // entries of this page: on an earlier page, or new
	current      []uint64

	// A mark set at pages 1, 2, 4, 8 ... finds a circle of any length in time
	// (Brent's algorithm).
	marked, markedNext uint64
	markAt             int
}

func newProgress(what string, start roaming.Cursor) *progress {
	p := &progress{what: what, seed: maphash.MakeSeed(), seen: map[uint64]bool{}, markAt: 1}
	if start != "" {
		p.markedNext = p.cursor(start)
		p.remember(p.markedNext, false)
	}
	return p
}

func (p *progress) cursor(c roaming.Cursor) uint64 {
	return maphash.String(p.seed, "cursor "+string(c))
}

// begin starts a page.
func (p *progress) begin() {
	p.page++
	p.first, p.known, p.fresh, p.current = 0, 0, 0, p.current[:0]
}

// saw notes an entry. It is again when it has a key and was there before, on
// this page or on an earlier one. An entry without a key is known by its bytes.
func (p *progress) saw(key, raw []byte) (again bool) {
	known := key
	if key == nil {
		known = raw
	}
	h := maphash.Bytes(p.seed, known)
	if key != nil && p.known+p.fresh == 0 {
		p.first = h
	}
	_, earlier := p.seen[h]
	if earlier {
		p.known++
	} else {
		p.fresh++
	}
	if key != nil && (earlier || slices.Contains(p.current, h)) {
		return true
	}
	p.current = append(p.current, h)
	return false
}

// check refuses a page of nothing but known entries, and one that begins as
// the marked page did. At the end of a list that shifted, the last page may
// hold nothing new; it does not begin as an earlier one did.
func (p *progress) check(wire wirePage) error {
	if len(wire.entries) == 0 {
		return nil
	}
	begins, near := p.seen[p.first]
	repeats := p.fresh == 0 && (!wire.last || begins)
	if repeats || !near && p.first != 0 && p.first == p.marked {
		return fault.New(fault.Network, "%s: the service repeats itself: page %d holds what earlier pages held", p.what, p.page).
			WithHint("what was listed so far is right, but there may be more; try again, and report it to the vendor if it stays so")
	}
	for _, h := range p.current {
		p.remember(h, h == p.first)
	}
	return nil
}

// goesOn tells whether there is another page, or why the listing can't go on
// though the service says so.
func (p *progress) goesOn(wire wirePage) (bool, error) {
	p.none++
	if len(wire.entries) > 0 {
		p.none = 0
	}
	if wire.last {
		return false, nil
	}
	if wire.next == "" {
		return false, fault.New(fault.Network, "%s: the service says that there is more, but not where", p.what)
	}
	next := p.cursor(wire.next)
	if _, before := p.seen[next]; before || next == p.markedNext || p.none > maxEmptyPages {
		return false, fault.New(fault.Network, "%s: the service goes round in circles at cursor %q", p.what, clip(string(wire.next), 100)).
			WithHint("what was listed so far is right, but there may be more; report the cursor to the vendor")
	}
	p.remember(next, false)
	if p.page == p.markAt {
		p.marked, p.markedNext, p.markAt = p.first, next, 2*p.markAt
	}
	return true, nil
}

// remember keeps the latest hashes.
func (p *progress) remember(h uint64, first bool) {
	if before, ok := p.seen[h]; ok {
		p.seen[h] = before || first
		return
	}
	p.seen[h] = first
	if len(p.recent) < remembered {
		p.recent = append(p.recent, h)
		return
	}
	delete(p.seen, p.recent[p.oldest])
	p.recent[p.oldest] = h
	p.oldest = (p.oldest + 1) % remembered
}
