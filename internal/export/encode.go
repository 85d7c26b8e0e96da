package export

import (
	"io"

	"github.com/klauspost/compress/zstd"
)

// Encoder writes records in a file's format.
type Encoder interface {
	// Header is what a file begins with; nil for nothing.
	Header() ([]byte, error)
	// Record adds a record, given as its line of NDJSON with the line feed,
	// to b.
	Record(b, line []byte) ([]byte, error)
}

// lines are the records as they are spooled.
type lines struct{}

// Header is nothing.
func (lines) Header() ([]byte, error) { return nil, nil }

// Record is the line itself.
func (lines) Record(b, line []byte) ([]byte, error) { return append(b, line...), nil }

// window is how far a compressed file reaches back, in bytes: more would take
// more memory for each file that is written.
const window = 1 << 20

// compressor makes one frame of what is written to it until it is closed.
func compressor(w io.Writer) (io.WriteCloser, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
}

// plain is a file that is not compressed.
type plain struct{ io.Writer }

// Close does nothing.
func (plain) Close() error { return nil }
