package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fsutil"
)

// file is what the writer needs of an *os.File, so that tests can fill the disk.
type file interface {
	io.WriteCloser
	Sync() error
}

func createFile(path string) (file, error) { return fsutil.Create(path) }

// output is an open file of a backup. It hashes what is written.
type output struct {
	name string // in the manifest
	file file
	sum  hash.Hash
	size int64
}

func newOutput(name string, f file) *output {
	return &output{name: name, file: f, sum: sha256.New()}
}

func (w *Writer) create(name string) (*output, error) {
	f, err := w.o.create(w.path(name))
	if err != nil {
		return nil, err
	}
	return newOutput(name, f), nil
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.file.Write(b)
	o.sum.Write(b[:n])
	o.size += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}

// finish syncs and closes the file.
func (o *output) finish() (File, error) {
	if err := errors.Join(o.file.Sync(), o.file.Close()); err != nil {
		return File{}, err
	}
	return File{Name: o.name, Bytes: o.size, SHA256: hex.EncodeToString(o.sum.Sum(nil))}, nil
}

// window is the zstd window in bytes. A reader needs memory for it.
const window = 4 << 20

// newEncoder compresses into one frame, also if nothing is written. One
// goroutine and a small window suffice: the service is slower.
func newEncoder(w io.Writer) (*zstd.Encoder, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true), zstd.WithZeroFrames(true))
}

// newDecoder bounds the memory to twice the window of newEncoder.
func newDecoder(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(2*window), zstd.WithDecoderLowmem(true))
}
