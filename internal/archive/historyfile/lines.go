package historyfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/roamctl/roamctl/internal/textfile"
)

// decompress returns the text of a file, gzip or plain. It recognizes gzip by its
// first bytes. Several gzip members in a row are one text.
func decompress(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	magic, err := in.Peek(2)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case !bytes.Equal(magic, []byte{0x1f, 0x8b}):
		return textfile.NewReader(in, 0), nil // tools of Windows write UTF-16
	}
	return gzip.NewReader(in)
}

// lines reads a text by lines.
type lines struct {
	in   *bufio.Reader
	line []byte
}

// next returns the next line without its end, spaces around it and a byte order mark.
// It is valid until the next call. long reports that it has more than maxLine bytes;
// those are not returned. At the end of the text, err is io.EOF beside the last line,
// which may be empty, and at an unreadable place the error beside what was read of the
// line.
func (l *lines) next() (line []byte, long bool, err error) {
	l.line = l.line[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if long = long || len(l.line)+len(part) > maxLine; !long {
			l.line = append(l.line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimSpace(bytes.TrimPrefix(l.line, []byte("\ufeff"))), long, err
	}
}
