//go:build !windows

package fsutil_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/roamctl/roamctl/internal/fsutil"
)

func TestLockFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	wide := filepath.Join(dir, "wide")
	if err := os.WriteFile(wide, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(wide, 0o666); err != nil {
		t.Fatal(err)
	}
	old := syscall.Umask(0o277)
	defer syscall.Umask(old)
	for name, take := range map[string]func(string) (func() error, error){
		"wide":   func(path string) (func() error, error) { return fsutil.Lock(t.Context(), path) },
		"waited": func(path string) (func() error, error) { return fsutil.Lock(t.Context(), path) },
		"tried": func(path string) (func() error, error) {
			unlock, _, err := fsutil.TryLock(path)
			return unlock, err
		},
	} {
		path := filepath.Join(dir, name)
		unlock, err := take(path)
		if err != nil {
			t.Fatal(name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		if err := unlock(); err != nil {
			t.Error(name, err)
		}
	}
}
