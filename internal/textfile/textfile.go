// Package textfile reads text files that people and their tools wrote: with a
// byte order mark, in UTF-16 as Windows PowerShell writes them, or far larger
// than they should be.
package textfile

import (
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// SizeError says that a file is larger than its reader takes.
type SizeError struct{ Limit int64 }

// Error names the limit in bytes.
func (e *SizeError) Error() string { return fmt.Sprintf("it is larger than %d bytes", e.Limit) }

// NewReader reads r as UTF-8 without a byte order mark. Text that begins with
// the mark of UTF-16 is converted. Reading more than limit bytes of r is a
// *SizeError; 0 is no limit.
func NewReader(r io.Reader, limit int64) io.Reader {
	if limit > 0 {
		r = &bounded{r: r, left: limit, limit: limit}
	}
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}

// Open opens a file that the user named and reads it as NewReader does. A
// missing file is fault.NotFound, and any other failure is of that kind.
func Open(path string, limit int64, kind fault.Kind, doing string) (io.ReadCloser, error) {
	f, err := fsutil.OpenInput(path)
	if err != nil {
		return nil, fault.File(kind, err, "%s", doing)
	}
	return struct {
		io.Reader
		io.Closer
	}{NewReader(f, limit), f}, nil
}

// Read is the whole of r as NewReader reads it.
func Read(r io.Reader, limit int64) ([]byte, error) { return io.ReadAll(NewReader(r, limit)) }

// ReadFile is the whole of a file. Its errors are those of Open.
func ReadFile(path string, limit int64, kind fault.Kind, doing string) ([]byte, error) {
	f, err := Open(path, limit, kind, doing)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fault.File(kind, err, "%s %s", doing, path)
	}
	return b, nil
}

// bounded is a reader that ends with an error, unlike io.LimitReader.
type bounded struct {
	r           io.Reader
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		return int(b.left), &SizeError{b.limit}
	}
	b.left -= int64(n)
	return n, err
}
