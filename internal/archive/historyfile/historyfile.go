// Package historyfile reads the service's hourly history files (docs/contract.md,
// section 7): one JSON record a line, gzip or plain.
package historyfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/archive"
)

// maxLine bounds a record. A message is 5 KB at most, and JSON escapes make six times
// that of it.
const maxLine = 1 << 20

// BadLine is a line that can't be read. The others are not affected.
type BadLine struct {
	Line int64 // from 1
	Err  error
}

// Error names the line.
func (e *BadLine) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *BadLine) Unwrap() error { return e.Err }

// CutShort is the error of a file that can't be read to its end, such as a truncated
// gzip. The lines before Line were read.
type CutShort struct {
	Line int64 // from 1
	Err  error
}

// Error names the line.
func (e *CutShort) Error() string {
	err := e.Err
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file is truncated")
	}
	return fmt.Sprintf("unreadable from line %d on: %v", e.Line, err)
}

// Unwrap returns the cause.
func (e *CutShort) Unwrap() error { return e.Err }

// Read yields the messages of a history file in the file's order. After a *BadLine the
// sequence continues. Any other error ends it and is a *CutShort.
//
// The memory that it takes does not depend on the length of the file, but for 40 bytes
// for each record without an ID.
func Read(r io.Reader) iter.Seq2[archive.Message, error] {
	return func(yield func(archive.Message, error) bool) {
		text, err := decompress(r)
		if err != nil {
			yield(archive.Message{}, &CutShort{Line: 1, Err: err})
			return
		}
		in := lines{in: bufio.NewReaderSize(text, 64<<10)}
		noID := archive.Occurrences{}
		for number := int64(1); ; number++ {
			line, long, end := in.next()
			cut := end != nil && !errors.Is(end, io.EOF)
			if cut {
				// The line is the beginning of a record, or a whole one without its end.
				m, err := decode(line, noID)
				if err == nil && !long {
					if !yield(m, nil) {
						return
					}
					number++
				}
				yield(archive.Message{}, &CutShort{Line: number, Err: end})
				return
			}
			if (len(line) > 0 || long) && !yieldLine(yield, number, line, long, noID) || end != nil {
				return
			}
		}
	}
}

func yieldLine(yield func(archive.Message, error) bool, number int64, line []byte, long bool, noID archive.Occurrences) bool {
	if long {
		return yield(archive.Message{}, &BadLine{number, fmt.Errorf("it is longer than %d bytes", maxLine)})
	}
	m, err := decode(line, noID)
	if err != nil {
		return yield(archive.Message{}, &BadLine{number, err})
	}
	return yield(m, nil)
}
