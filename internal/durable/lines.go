package durable

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
)

// Line is a line of a file that grows by lines without NUL bytes in them, such
// as JSON.
type Line struct {
	Number int    // from 1
	Offset int64  // of its first byte
	Text   []byte // without the line feed; valid until the next line is read
	Ended  bool   // by a line feed
}

// End is the offset after the line and its line feed.
func (l Line) End() int64 {
	end := l.Offset + int64(len(l.Text))
	if l.Ended {
		end++
	}
	return end
}

// Torn tells whether the write of the line was cut off: it has no end, or
// holds blocks that the system had given it and not yet filled.
func (l Line) Torn() bool { return !l.Ended || bytes.IndexByte(l.Text, 0) >= 0 }

// Lines are the lines of r, one at a time; an error of r ends them.
func Lines(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		next := Line{Number: 1}
		for {
			text, err := in.ReadBytes('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				yield(next, err)
				return
			}
			if len(text) == 0 {
				return
			}
			next.Text, next.Ended = bytes.CutSuffix(text, []byte{'\n'})
			if !yield(next, nil) || !next.Ended {
				return
			}
			next = Line{Number: next.Number + 1, Offset: next.End()}
		}
	}
}
