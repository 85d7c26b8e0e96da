package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
)

// file is what the writer needs of an *os.File; tests have smaller ones.
type file interface {
	io.WriteCloser
	Sync() error
}

// createFile makes a new file that only its user can read.
func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// output is a file of a backup as it is written.
type output struct {
	name string // in the manifest
	file file
	sum  hash.Hash
	size int64
}

func newOutput(name string, f file) *output {
	return &output{name: name, file: f, sum: sha256.New()}
}

// Write writes and hashes.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.file.Write(b)
	o.sum.Write(b[:n])
	o.size += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}

// finish puts the file on the disk and describes it.
func (o *output) finish() (File, error) {
	if err := errors.Join(o.file.Sync(), o.file.Close()); err != nil {
		return File{}, err
	}
	return File{Name: o.name, Bytes: o.size, SHA256: hex.EncodeToString(o.sum.Sum(nil))}, nil
}
