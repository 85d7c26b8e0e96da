package userlist

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/roamctl/roamctl/internal/textfile"
)

const (
	// maxLine is how long a line, or a CSV record, may be in bytes.
	maxLine = 64 << 10
	// bufferSize leaves room behind the longest line, so that one read brings
	// many lines.
	bufferSize = maxLine + 16<<10
	// maxFile is the size of a file of several million users with other columns.
	maxFile = 1 << 30
)

// input is the part of the file that is ahead. Lines are looked at before they
// are taken, so that a CSV record that turns out not to end can be given up
// after its first line.
type input struct {
	br   *bufio.Reader
	line int   // the number of the line ahead
	err  error // why nothing more can be read: io.EOF at the end
}

// cutOff is an error that wraps io.EOF and must not be taken for it.
type cutOff struct{ cause error }

func (e cutOff) Error() string { return e.cause.Error() }

func newInput(r io.Reader) *input {
	return &input{br: bufio.NewReaderSize(textfile.NewReader(r, maxFile), bufferSize), line: 1}
}

// ahead is what was read and not taken yet. It is good until the next fill.
func (in *input) ahead() []byte {
	ahead, _ := in.br.Peek(in.br.Buffered()) // can't fail: it is there
	return ahead
}

// fill reads something more. It waits for no more than the file has to give, so
// that users that are piped in one by one come out one by one.
func (in *input) fill() error {
	if in.err != nil {
		return in.err
	}
	_, in.err = in.br.Peek(in.br.Buffered() + 1)
	//nolint:errorlint // io.EOF itself is the end; a reader that wraps it says that there should be more
	if errors.Is(in.err, io.EOF) && in.err != io.EOF {
		in.err = cutOff{in.err}
	}
	return in.err
}

// take moves on by n bytes, which hold that many line ends.
func (in *input) take(n, lines int) {
	_, _ = in.br.Discard(n) // can't fail: n bytes are ahead
	in.line += lines
}

// lineAt is the line that begins offset bytes ahead, without its line end, and
// the offset of the line after it. It is io.EOF if the file ends there, and
// errTooLong with a part of the line if its end is more than maxLine ahead. A
// line cut off by a read that failed is no line.
func (in *input) lineAt(offset int) (text []byte, next int, err error) {
	searched := offset
	for {
		ahead := in.ahead()
		if i := bytes.IndexByte(ahead[searched:], '\n'); i >= 0 {
			next = searched + i + 1
			text = bytes.TrimSuffix(ahead[offset:next-1], []byte{'\r'})
			if next-1 > maxLine {
				return text, next, errTooLong
			}
			return text, next, nil
		}
		searched = len(ahead)
		if searched > maxLine {
			return ahead[offset:], searched, errTooLong
		}
		if err := in.fill(); errors.Is(err, io.EOF) && searched > offset {
			return bytes.TrimSuffix(in.ahead()[offset:], []byte{'\r'}), searched, nil
		} else if err != nil {
			return nil, offset, err
		}
	}
}

// skipLine takes the line ahead, however long. An error that ends the file is
// left for lineAt to find.
func (in *input) skipLine() {
	for {
		ahead := in.ahead()
		if i := bytes.IndexByte(ahead, '\n'); i >= 0 {
			in.take(i+1, 1)
			return
		}
		in.take(len(ahead), 0)
		if in.fill() != nil {
			in.line++
			return
		}
	}
}

// skipSpace takes white space and empty lines, and says which byte comes after
// them, if one does.
func (in *input) skipSpace() (first byte, found bool) {
	for {
		ahead := in.ahead()
		rest := bytes.TrimLeft(ahead, " \t\v\f\r\n")
		n := len(ahead) - len(rest)
		in.take(n, bytes.Count(ahead[:n], []byte{'\n'}))
		if len(rest) > 0 {
			return rest[0], true
		}
		if in.fill() != nil {
			return 0, false
		}
	}
}
