package progress

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

const (
	up        = "\x1b[A"
	clearLine = "\x1b[2K"

	// Around a frame the terminal cuts lines instead of wrapping them, so that the
	// frame has its height even in a window that became narrower.
	noWrap = "\x1b[?7l"
	wrap   = "\x1b[?7h"
)

// console draws frames of a few lines at the end of a terminal, each over the last,
// and writes notes above them.
type console struct {
	size func() (columns, lines int)

	mu     sync.Mutex
	out    io.Writer
	frame  []byte // on the screen
	drawn  int    // the columns that it is cut to
	part   []byte // a line of a note without its end yet
	closed bool
}

// Write writes whole lines above the frame. After close it writes p as it is.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.out.Write(p)
	}
	c.part = append(c.part, p...)
	end := bytes.LastIndexByte(c.part, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	text := append(c.erase(), c.part[:end]...)
	c.part = append(c.part[:0], c.part[end:]...)
	_, err := c.out.Write(c.appendFrame(text))
	return len(p), err
}

// draw replaces the frame. The stream remembers a write error.
func (c *console) draw(frame string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.erase()
	c.frame = append(c.frame[:0], frame...)
	_, _ = c.out.Write(c.appendFrame(text))
}

// close replaces the frame by a last text.
func (c *console) close(last string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.erase()
	if len(c.part) > 0 {
		text = append(append(text, c.part...), '\n')
	}
	c.frame, c.part, c.closed = nil, nil, true
	_, _ = c.out.Write(append(text, last...))
}

// room returns the width of a line. The last column stays empty: some terminals move
// to the next line when it is written.
func (c *console) room() int {
	width, _ := c.size()
	return max(width-1, 1)
}

// below returns the most lines below the bar. A frame higher than the window would
// leave copies in the terminal's history.
func (c *console) below() int {
	if _, lines := c.size(); lines > 0 {
		return lines - 2 // the bar, and the cursor at the end
	}
	return factLines
}

func (c *console) appendFrame(text []byte) []byte {
	if len(c.frame) == 0 {
		return text
	}
	c.drawn, _ = c.size()
	return append(append(append(text, noWrap...), c.frame...), wrap...)
}

// erase returns the escapes that remove the frame above the cursor. Most terminals
// wrap lines again when they become narrower, so the frame may be higher than drawn.
// It clears line by line: some terminals keep in their history what is cleared from
// the top of the window down.
func (c *console) erase() []byte {
	if len(c.frame) == 0 {
		return nil
	}
	width, _ := c.size()
	rows, width := 0, max(width, 1)
	for l := range bytes.Lines(c.frame) {
		shown := min(columns(bytes.TrimSuffix(l, []byte("\n"))), c.drawn)
		rows += max((shown+width-1)/width, 1)
	}
	return []byte("\r" + clearLine + strings.Repeat(up+clearLine, rows))
}

// columns returns the width of a line of ASCII and colours.
func columns(l []byte) int {
	n, escape := 0, false
	for _, b := range l {
		switch {
		case b == '\x1b':
			escape = true
		case escape:
			escape = b != 'm'
		default:
			n++
		}
	}
	return n
}
