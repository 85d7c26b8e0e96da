package browse

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// chat is the pane of a conversation's messages.
type chat struct {
	window

	ref    roaming.Ref // of the conversation; the zero Ref for none
	filter query.Query // what is shown of it
	search query.Query // what n and N look for
	cursor int         // the current entry
	anchor int         // the pane's line on which the current entry begins

	ctx     context.Context //nolint:containedctx // of its reads; it ends when another conversation is opened
	cancel  context.CancelFunc
	version int  // of the window; a page for an earlier one is dropped
	loading bool // a page or a search is on its way
	failed  bool // the last read failed; it is not repeated by itself

	selected []*entry // by the order of selection
	ranging  bool     // moving the cursor selects
	full     bool     // the selection had no room for a message
}

func (c *chat) isOpen() bool { return c.ref != roaming.Ref{} }

// current is the entry under the cursor; nil if there is none.
func (c *chat) current() *entry {
	if c.cursor < 0 || c.cursor >= len(c.entries) {
		return nil
	}
	return c.entries[c.cursor]
}

// day is the heading before an entry; "" for none.
func (c *chat) day(i int, zone *time.Location) string {
	name := func(e *entry) string {
		if e.Timestamp.IsZero() {
			return ""
		}
		return e.Timestamp.In(zone).Format("2006-01-02 Monday")
	}
	day := name(c.entries[i])
	if i > 0 && name(c.entries[i-1]) == day {
		return ""
	}
	return day
}

// pane is where a chat is drawn.
type pane struct {
	screen

	width, height int // of the messages, without the gutter
	zone          *time.Location
}

// blockHeight is the number of lines of an entry, its day's heading included.
func (c *chat) blockHeight(p pane, i int) int {
	n := len(p.draw(c.entries[i], p.width, p.zone, c.search))
	if c.day(i, p.zone) != "" {
		n++
	}
	return n
}

// settle scrolls so that the current entry is visible and no line is empty that could
// have text.
func (c *chat) settle(p pane) {
	if len(c.entries) == 0 {
		c.cursor, c.anchor = 0, 0
		return
	}
	c.cursor = max(0, min(c.cursor, len(c.entries)-1))
	own := c.blockHeight(p, c.cursor)
	c.anchor = max(0, min(c.anchor, p.height-own))
	above := 0
	for i := c.cursor - 1; i >= 0 && above < p.height; i-- {
		above += c.blockHeight(p, i)
	}
	below := 0
	for i := c.cursor; i < len(c.entries) && below < p.height; i++ {
		below += c.blockHeight(p, i)
	}
	c.anchor = max(c.anchor, p.height-below) // no empty lines below,
	c.anchor = min(c.anchor, above)          // nor above
}

// scroll moves the text by n lines, and the cursor as far as it must.
func (c *chat) scroll(p pane, n int) {
	if len(c.entries) == 0 {
		return
	}
	c.anchor -= n
	for own := c.blockHeight(p, c.cursor); c.anchor < 0 && c.cursor < len(c.entries)-1; own = c.blockHeight(p, c.cursor) {
		c.anchor += own
		c.cursor++
	}
	for c.anchor+c.blockHeight(p, c.cursor) > p.height && c.cursor > 0 {
		c.cursor--
		c.anchor -= c.blockHeight(p, c.cursor)
	}
	c.settle(p)
}

// move moves the cursor by n entries, and selects those it passes while a range is
// selected.
func (c *chat) move(p pane, n int) {
	step := 1
	if n < 0 {
		step = -1
	}
	for ; n != 0; n -= step {
		next := c.cursor + step
		if next < 0 || next >= len(c.entries) {
			break
		}
		if step > 0 {
			c.anchor += c.blockHeight(p, c.cursor)
		} else {
			c.anchor -= c.blockHeight(p, next)
		}
		c.cursor = next
		if c.ranging && !c.choose(c.entries[c.cursor]) {
			break
		}
	}
	c.settle(p)
}

// turnPage moves the cursor by about a screen, which it keeps its line on.
func (c *chat) turnPage(p pane, step int) {
	lines, n, anchor := 0, 0, c.anchor
	for i := c.cursor; i+step >= 0 && i+step < len(c.entries) && lines < p.height-2; i += step {
		lines += c.blockHeight(p, i)
		n += step
	}
	c.move(p, n)
	c.anchor = anchor
	c.settle(p)
}

// The selection is in memory: it is bounded by messages and by bytes.
const (
	maxSelected      = 1000
	maxSelectedBytes = 32 << 20
)

func (c *chat) isSelected(e *entry) bool { return c.selectedAt(e) >= 0 }

func (c *chat) selectedAt(e *entry) int {
	for i, s := range c.selected {
		if s == e || s.key() == e.key() {
			return i
		}
	}
	return -1
}

// choose selects a message. It reports whether there is room for it; a range ends
// without.
func (c *chat) choose(e *entry) bool {
	if e.failed != "" || c.isSelected(e) {
		return true
	}
	size := e.size
	for _, s := range c.selected {
		size += s.size
	}
	if n := len(c.selected); n == maxSelected || n > 0 && size > maxSelectedBytes {
		c.full, c.ranging = true, false
		return false
	}
	c.selected = append(c.selected, e)
	return true
}

// chosen are the selected messages, or the current one.
func (c *chat) chosen() []source.Message {
	all := c.selected
	if e := c.current(); len(all) == 0 && e != nil && e.failed == "" {
		all = []*entry{e}
	}
	var messages []source.Message
	for _, e := range all {
		messages = append(messages, e.Message)
	}
	return messages
}

// line is a line of the pane.
type line struct {
	entry int // -1 for a heading
	text  string
}

// visible are the lines of the pane.
func (c *chat) visible(p pane) []line {
	first, at := c.cursor, c.anchor
	for first > 0 && at > 0 {
		first--
		at -= c.blockHeight(p, first)
	}
	above := max(0, -at) // lines that are above the pane
	var lines []line
	for i := first; i < len(c.entries) && at < p.height; i++ {
		if day := c.day(i, p.zone); day != "" {
			lines = append(lines, line{-1, p.dim.Render("── " + day + " ──")})
		}
		for _, text := range p.draw(c.entries[i], p.width, p.zone, c.search) {
			lines = append(lines, line{i, text})
		}
		at += c.blockHeight(p, i)
	}
	lines = lines[min(above, len(lines)):]
	return lines[:min(len(lines), p.height)]
}
