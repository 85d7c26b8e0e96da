package progress

import (
	"bytes"
	"io"
	"math"
	"strings"
	"sync"
)

const (
	up        = "\x1b[A"
	clearLine = "\x1b[2K"

	// Around a frame the terminal cuts lines instead of breaking them: should
	// the window be narrower than we think, a frame still has the height that it
	// seems to have.
	noWrap = "\x1b[?7l"
	wrap   = "\x1b[?7h"
)

// console draws frames of a few lines at the end of a terminal, each over the
// last one, and puts notes above them. It is an mpb.ConsoleWriter instead of
// the library's own because that one holds notes back until the next frame,
// loses those after the last one, stops at a write error, and leaves pieces of
// a frame behind in a window that became narrower.
type console struct {
	size func() (columns, lines int)
	next bytes.Buffer // a frame being put together, by one goroutine

	mu     sync.Mutex
	out    io.Writer
	frame  []byte // what is on the screen now
	drawn  int    // the columns that it was cut to
	part   []byte // of a note: a line whose end has not come yet
	closed bool
}

// Write puts whole lines above the frame, at once. After close it only passes on.
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

// ReadFrom takes a line of the next frame.
func (c *console) ReadFrom(r io.Reader) (int64, error) { return c.next.ReadFrom(r) }

// Flush shows the next frame in place of the one that is shown. A write error
// is for the stream to remember: the library would stop drawing.
func (c *console) Flush(int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.erase()
	c.frame = append(c.frame[:0], c.next.Bytes()...)
	c.next.Reset()
	_, _ = c.out.Write(c.appendFrame(text))
	return nil
}

// close takes the frame away and writes a last text in its place.
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

// IsTerminal is always so: bars are for terminals only.
func (c *console) IsTerminal() bool { return true }

// GetTermSize tells how wide lines may be. The height is ours to care about:
// the library would leave out the bar first.
func (c *console) GetTermSize() (width, height int, err error) {
	return c.room(), math.MaxInt16, nil
}

// room is how wide a line may be. The last column stays empty: some terminals
// go on to the next line when it is written to.
func (c *console) room() int {
	width, _ := c.size()
	return max(width-1, 1)
}

// below is how many lines there may be below the bar. What is higher than the
// window would leave a copy of itself in the terminal's history, each time.
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

// erase is what takes the frame off the screen, whose cursor is below it. Most
// terminals break lines anew when they become narrower, so the frame may be
// higher than it was drawn. Lines go one by one: some terminals take the order
// to clear all below the top of the window for one to keep it in their history.
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

// columns is how wide a line of ours is: a column a byte, but for colours.
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
