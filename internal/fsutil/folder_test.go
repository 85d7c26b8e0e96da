package fsutil

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

// answer is a file system whose fsync of folders answers with err.
func answer(err error) func(*os.File) error {
	return func(*os.File) error {
		if err == nil {
			return nil
		}
		return os.NewSyscallError("fsync", err)
	}
}

func TestFoldersThatCannotBeSynced(t *testing.T) {
	dir := t.TempDir()
	for err, able := range map[error]bool{
		nil: true, syscall.EINVAL: false, syscall.ENOTSUP: false, syscall.ENOSYS: false, syscall.EBADF: false, syscall.ENOTTY: false,
	} {
		if got, syncErr := syncFolder(dir, answer(err)); got != able || syncErr != nil {
			t.Errorf("%v: able %v, %v", err, got, syncErr)
		}
		below := filepath.Join(dir, "not", "yet")
		if got := syncsFolders(below, answer(err)); got != able {
			t.Errorf("%v: SyncsFolders is %v", err, got)
		}
	}
	for _, err := range []error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT} {
		if able, got := syncFolder(dir, answer(err)); !able || !errors.Is(got, err) {
			t.Errorf("%v: able %v, %v", err, able, got)
		}
	}
}

func TestFileSystemWithoutLocks(t *testing.T) {
	for _, err := range []error{syscall.ENOLCK, syscall.ENOTSUP, syscall.ENOSYS, syscall.EINVAL} {
		got := lockError("/state/lock", err)
		f, ok := errors.AsType[*fault.Error](got)
		if !ok || f.Kind != fault.Config || !fault.AffectsAllUsers(got) || !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
			continue
		}
		if !strings.Contains(f.Message, "/state ") || !strings.Contains(f.Hint, "file system with locks") {
			t.Errorf("%v: %q, %q", err, f.Message, f.Hint)
		}
	}
	opening := &fs.PathError{Op: "open", Path: "/state/lock", Err: syscall.EINVAL}
	for _, err := range []error{nil, syscall.EIO, opening} {
		if got := lockError("/state/lock", err); got != err { //nolint:errorlint // the very error
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestLinesAreBounded(t *testing.T) {
	const size = 16 // of a bufio.Reader, at least
	text := strings.Repeat("a", 5*size) + "\nb"
	in := bufio.NewReaderSize(strings.NewReader(text), size)
	line, err := readLine(in, nil, 5*size+1)
	if err != nil || string(line) != text[:5*size+1] {
		t.Errorf("%q, %v", line, err)
	}
	if line, err := readLine(in, line[:0], size); !errors.Is(err, io.EOF) || string(line) != "b" {
		t.Errorf("%q, %v", line, err)
	}
	in.Reset(strings.NewReader(text))
	if _, err := readLine(in, nil, 5*size); err == nil || !strings.Contains(err.Error(), "longer than 80 bytes") {
		t.Errorf("got %v", err)
	}
}
