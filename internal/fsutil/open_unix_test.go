//go:build !windows

package fsutil_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/roamctl/roamctl/internal/fsutil"
)

// Without O_NONBLOCK this test would wait for ever.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "file")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.WriteFile(file, []byte("text"), 0o600)); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, path := range []string{pipe, dir, os.DevNull} {
		if _, err := fsutil.Open(path); err == nil || !strings.Contains(err.Error(), "not a regular file") || !strings.Contains(err.Error(), path) {
			t.Errorf("Open(%s): %v", path, err)
		}
		if _, err := fsutil.ReadFile(path, 10); err == nil {
			t.Errorf("ReadFile(%s) is no error", path)
		}
	}
	if _, err := fsutil.OpenIn(root, "pipe"); err == nil {
		t.Error("a pipe was opened below a root")
	}
	for name, open := range map[string]func() (*os.File, error){
		"Open":      func() (*os.File, error) { return fsutil.Open(file) },
		"OpenIn":    func() (*os.File, error) { return fsutil.OpenIn(root, "file") },
		"OpenInput": func() (*os.File, error) { return fsutil.OpenInput(file) },
	} {
		f, err := open()
		if err != nil {
			t.Error(name, err)
			continue
		}
		if b, err := io.ReadAll(f); string(b) != "text" || err != nil {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		f.Close()
	}
	if _, err := fsutil.Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestReadFileIsBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := fsutil.ReadFile(file, 4); string(b) != "text" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := fsutil.ReadFile(file, 3); err == nil || !strings.Contains(err.Error(), "longer than 3 bytes") {
		t.Error(err)
	}
}

// A pipe with a writer is read; a pipe without one is empty.
func TestPipesAreInput(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(write func()) string {
		t.Helper()
		f, err := fsutil.OpenInput(pipe)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		write()
		b, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := read(func() {}); got != "" {
		t.Errorf("got %q", got)
	}
	got := read(func() {
		w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer w.Close()
			_, _ = w.WriteString("typed")
		}()
	})
	if got != "typed" {
		t.Errorf("got %q", got)
	}
}
