package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

// fetcher gives every attachment the same content.
type fetcher struct {
	content string
	err     error
}

func (f fetcher) Fetch(_ context.Context, _, _ string, w io.Writer) error {
	_, err := io.WriteString(w, f.content)
	return errors.Join(err, f.err)
}

// TestEveryByteCounts changes every byte of every file of a small backup, by
// one bit and by all bits, and wants each change found and its file named.
func TestEveryByteCounts(t *testing.T) {
	o := options()
	o.Fetcher = fetcher{content: "meow"}
	path := written(t, 3, o)
	files := []string{manifestName, conversationsName, messagesName, attachmentsName}
	saved, err := filepath.Glob(filepath.Join(path, attachmentsDir, "*"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("attachments: %v, %v", saved, err)
	}
	files = append(files, attachmentsDir+"/"+filepath.Base(saved[0]))
	changed := 0
	for _, name := range files {
		changed += flipEach(t, filepath.Join(path, filepath.FromSlash(name)), func(err error) bool {
			bad, ok := errors.AsType[*DamageError](err)
			return ok && bad.File == name && mentions(err, name)
		}, path)
	}
	if _, err := Verify(t.Context(), path); err != nil || changed < 2000 {
		t.Errorf("%d changes; as it was again: %v", changed, err)
	}
}

func TestEveryByteOfAnArchiveCounts(t *testing.T) {
	path := packed(t, written(t, 3, options()))
	flipEach(t, path, func(err error) bool {
		_, ok := errors.AsType[*DamageError](err)
		return ok && mentions(err, path)
	}, path)
}

// flipEach changes the bytes of a file one at a time.
func flipEach(t *testing.T, file string, found func(error) bool, backup string) (changed int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range b {
		for _, mask := range []byte{1 << (i % 8), 0x20, 0xff} {
			if _, err := f.WriteAt([]byte{b[i] ^ mask}, int64(i)); err != nil {
				t.Fatal(err)
			}
			if _, err := Verify(t.Context(), backup); !found(err) || fault.KindOf(err) != fault.Safety {
				t.Errorf("%s: byte %d with %#x: %v", filepath.Base(file), i, mask, err)
			}
			changed++
		}
		if _, err := f.WriteAt(b[i:i+1], int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	return changed
}

func TestFilesThatAreMissingOrAdded(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(path string) error
		file   string
	}{
		"no manifest":      {func(p string) error { return os.Remove(filepath.Join(p, manifestName)) }, manifestName},
		"no messages":      {func(p string) error { return os.Remove(filepath.Join(p, messagesName)) }, messagesName},
		"no conversations": {func(p string) error { return os.Remove(filepath.Join(p, conversationsName)) }, conversationsName},
		"one more file":    {func(p string) error { return os.WriteFile(filepath.Join(p, "x"), nil, 0o600) }, "x"},
		"one more folder":  {func(p string) error { return os.Mkdir(filepath.Join(p, "y"), 0o700) }, "y"},
		"a link in place of a file": {func(p string) error {
			file := filepath.Join(p, conversationsName)
			return errors.Join(os.Rename(file, p+".elsewhere"), os.Symlink(p+".elsewhere", file))
		}, conversationsName},
		"a file cut off": {func(p string) error { return os.Truncate(filepath.Join(p, messagesName), 20) }, messagesName},
		"an empty file":  {func(p string) error { return os.Truncate(filepath.Join(p, messagesName), 0) }, messagesName},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, 2, options())
			if err := tt.change(path); err != nil {
				t.Fatal(err)
			}
			_, err := Verify(t.Context(), path)
			if bad, ok := errors.AsType[*DamageError](err); !ok || bad.File != tt.file || fault.KindOf(err) != fault.Safety {
				t.Errorf("want %s named, got %v", tt.file, err)
			}
		})
	}
}

func TestArchivesThatAreCutOff(t *testing.T) {
	path := packed(t, written(t, 2, options()))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := info.Size() - 1; size >= 0; size -= 7 {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(t.Context(), path); !mentions(err, path) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestTheDamagedLineIsNamed(t *testing.T) {
	path := written(t, 2, options())
	file := filepath.Join(path, conversationsName)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(b, "{\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Verify(t.Context(), path)
	if bad, ok := errors.AsType[*DamageError](err); !ok || bad.Line != 2 {
		t.Errorf("got %v", err)
	}
}
