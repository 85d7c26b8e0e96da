package fsutil

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// errNotRegular is Open's error for folders, pipes and devices.
var errNotRegular = errors.New("it is not a regular file")

// Open opens a regular file for reading. Anything else, such as a named pipe, is
// an error; Open never waits for a writer.
func Open(path string) (*os.File, error) {
	return regular(os.OpenFile(path, os.O_RDONLY|nonBlocking(), 0))
}

// OpenIn is Open for a file below root.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	return regular(root.OpenFile(name, os.O_RDONLY|nonBlocking(), 0))
}

// OpenInput opens a file that the user named: a regular one, or a pipe or
// device, such as bash's <(command). A named pipe without a writer is empty.
func OpenInput(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|nonBlocking(), 0)
}

// ReadFile reads a regular file of at most limit bytes.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("it is longer than %d bytes", limit)}
	}
	return b, err
}

// nonBlocking is the flag for opening a named pipe without waiting for a writer.
func nonBlocking() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return syscall.O_NONBLOCK
}

func regular(f *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: f.Name(), Err: errNotRegular}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
