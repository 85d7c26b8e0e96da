package userlist

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/roamctl/roamctl/internal/textfile"
)

const (
	maxLine    = 64 << 10         // bytes of a line or a CSV record
	bufferSize = maxLine + 16<<10 // so that one read reads many lines
	maxFile    = 1 << 30          // bytes: several million users with other columns
)

// input is the rest of the file. A line is read before it is taken, so that only the
// first line of a CSV record without an end is skipped.
type input struct {
	br   *bufio.Reader
	line int   // the number of the line ahead
	err  error // why no more can be read; io.EOF at the end
}

func newInput(r io.Reader, limit int64) *input {
	return &input{br: bufio.NewReaderSize(textfile.NewReader(r, limit), bufferSize), line: 1}
}

// ahead returns what was read and not taken. It is valid until the next fill.
func (in *input) ahead() []byte {
	ahead, _ := in.br.Peek(in.br.Buffered()) // it is buffered
	return ahead
}

// fill reads more, but waits for one read only: users that come one by one through a
// pipe are yielded one by one.
func (in *input) fill() error {
	if in.err != nil {
		return in.err
	}
	_, in.err = in.br.Peek(in.br.Buffered() + 1)
	//nolint:errorlint // io.EOF itself is the end of the file; one that is wrapped is not
	if errors.Is(in.err, io.EOF) && in.err != io.EOF {
		in.err = errors.New(in.err.Error())
	}
	return in.err
}

// take takes whole lines, and returns their number. The last one of the file may lack its
// line end.
func (in *input) take(text []byte) (lines int) {
	lines = bytes.Count(text, []byte{'\n'})
	if !bytes.HasSuffix(text, []byte{'\n'}) {
		lines++
	}
	_, _ = in.br.Discard(len(text)) // they are buffered
	in.line += lines
	return lines
}

// record returns the next line.
func (in *input) record() (text []byte, err error) {
	line, next, err := in.lineAt(0)
	if err != nil {
		return line, err
	}
	return in.ahead()[:next], nil
}

// lineAt returns the line that begins offset bytes ahead, without its line end, and the
// offset of the next line. It fails with io.EOF if the file ends there, and with
// errTooLong and a part of the line if its end is more than maxLine ahead.
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

// skipLine takes the line ahead, however long. lineAt returns the error that ends it.
func (in *input) skipLine() {
	for ended := false; !ended; {
		text := in.ahead()
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text, ended = text[:i+1], true
		}
		_, _ = in.br.Discard(len(text))
		ended = ended || in.fill() != nil
	}
	in.line++
}

// skipSpace takes white space and empty lines, and returns the next byte.
func (in *input) skipSpace() (first byte, found bool) {
	for {
		ahead := in.ahead()
		rest := bytes.TrimLeft(ahead, " \t\v\f\r\n")
		n := len(ahead) - len(rest)
		in.line += bytes.Count(ahead[:n], []byte{'\n'})
		_, _ = in.br.Discard(n)
		if len(rest) > 0 {
			return rest[0], true
		}
		if in.fill() != nil {
			return 0, false
		}
	}
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }
