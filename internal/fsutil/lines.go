package fsutil

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Line is a line of a file that grows by lines without NUL bytes, such as JSON.
type Line struct {
	Number int    // from 1
	Offset int64  // of its first byte
	Text   []byte // without the line feed; valid until the next line is read
	Ended  bool   // by a line feed
}

// End returns the offset after the line and its line feed.
func (l Line) End() int64 {
	end := l.Offset + int64(len(l.Text))
	if l.Ended {
		end++
	}
	return end
}

// Torn reports whether the write of the line was cut off: it has no end, or
// contains blocks that were allocated and not written.
func (l Line) Torn() bool { return !l.Ended || bytes.IndexByte(l.Text, 0) >= 0 }

// maxLine bounds the memory for a line. Lines of ours are far shorter.
const maxLine = 64 << 20

// Lines yields the lines of r. It ends at an error of r, and at a line of more
// than 64 MiB.
func Lines(r io.Reader) iter.Seq2[Line, error] { return LinesUpTo(r, maxLine) }

// LinesUpTo is Lines with another limit, which includes the line feed.
func LinesUpTo(r io.Reader, limit int) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		next := Line{Number: 1}
		var text []byte
		for {
			var err error
			text, err = readLine(in, text[:0], limit)
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

// readLine appends the next line to buf, with its line feed. It returns io.EOF
// if that is missing.
func readLine(in *bufio.Reader, buf []byte, limit int) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(buf)+len(part) > limit {
			return buf, fmt.Errorf("a line is longer than %d bytes", limit)
		}
		if buf = append(buf, part...); !errors.Is(err, bufio.ErrBufferFull) {
			return buf, err
		}
	}
}
