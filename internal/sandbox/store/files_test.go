package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesFillTheStore: what does not fit is refused and leaves nothing, until older
// files have expired.
func TestFilesFillTheStore(t *testing.T) {
	s := openStore(t, t.Context(), t.TempDir(), newClock())
	defer s.Close()
	s.maxStored = 10
	add := func(id, content string, created, expired int64) error {
		return s.AddFile(t.Context(), File{ID: id, Created: created}, strings.NewReader(content), 100, expired)
	}
	if err := add("a", "123456", 1, 0); err != nil {
		t.Fatal(err)
	}
	if err := add("b", "12345", 2, 0); !errors.Is(err, ErrFull) {
		t.Errorf("the second file: %v", err)
	}
	if left, err := os.ReadDir(s.files); err != nil || len(left) != 1 {
		t.Errorf("stored: %v, %v", left, err)
	}
	if err := add("c", "1234567890", 3, 1); err != nil {
		t.Errorf("when the first has expired: %v", err)
	}
	f, err := s.File(t.Context(), "a")
	if err != nil || f.Size != noContent {
		t.Errorf("the expired file: %+v, %v", f, err)
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Files != 1 || c.FileBytes != 10 {
		t.Errorf("counted: %+v, %v", c, err)
	}
}

// Open removes the content of a file that was deleted when a process was killed before
// it removed the content. Files and unfinished uploads stay.
func TestOpenRemovesContentsThatNoFileHas(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, t.Context(), dir, newClock())
	if err := s.AddFile(t.Context(), File{ID: "kept", Created: 1}, strings.NewReader("x"), 100, 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"deleted", "upload-1"} {
		if err := os.WriteFile(s.path(name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, t.Context(), dir, newClock())
	defer s.Close()
	left, err := filepath.Glob(s.path("*"))
	if err != nil || len(left) != 2 || filepath.Base(left[0]) != "kept" || filepath.Base(left[1]) != "upload-1" {
		t.Errorf("left: %q, %v", left, err)
	}
}
