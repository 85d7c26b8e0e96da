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

// compressors are kept, a few of them: a new one has megabytes to clear.
type compressors struct{ free chan *zstd.Encoder }

func newCompressors(kept int) *compressors {
	return &compressors{free: make(chan *zstd.Encoder, kept)}
}

// begin makes one frame of what is written until end.
func (c *compressors) begin(w io.Writer) (*zstd.Encoder, error) {
	select {
	case e := <-c.free:
		e.Reset(w)
		return e, nil
	default:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	}
}

// end ends the frame and keeps the compressor for another.
func (c *compressors) end(e *zstd.Encoder) error {
	if err := e.Close(); err != nil {
		return err
	}
	e.Reset(nil)
	select {
	case c.free <- e:
	default:
	}
	return nil
}
