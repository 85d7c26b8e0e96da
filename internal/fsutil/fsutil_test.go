package fsutil_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fsutil"
)

func TestFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		if err := fsutil.Folder(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{path, filepath.Dir(path)} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	file := filepath.Join(path, "file")
	if err := fsutil.Replace(file, []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := fsutil.Folder(filepath.Join(file, "c")); err == nil {
		t.Error("a folder was made in a file")
	}
	if err := fsutil.Folder(file); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "head")
	for _, text := range []string{"a longer text", "new"} {
		if err := fsutil.Replace(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if entries, err := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := fsutil.Replace(filepath.Join(dir, "none", "x"), nil); err == nil {
		t.Error("written into a folder that is not there")
	}
}

func TestLinesMatchTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[ab\n\\x00]{0,40}").Draw(t, "text")
		var back strings.Builder
		number := 0
		for line, err := range fsutil.Lines(strings.NewReader(text)) {
			number++
			if err != nil || line.Number != number || line.Offset != int64(back.Len()) {
				t.Fatal(line, err)
			}
			if torn := !line.Ended || strings.Contains(string(line.Text), "\x00"); torn != line.Torn() {
				t.Fatal("torn", line)
			}
			back.Write(line.Text)
			if line.Ended {
				back.WriteByte('\n')
			}
			if line.End() != int64(back.Len()) {
				t.Fatal("end", line)
			}
		}
		if diff := cmp.Diff(text, back.String()); diff != "" {
			t.Fatal(diff)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("cut") }

func TestLinesReturnReadErrors(t *testing.T) {
	for _, err := range fsutil.Lines(broken{}) {
		if fmt.Sprint(err) != "cut" {
			t.Error(err)
		}
	}
}

func TestLocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, ok, err := fsutil.TryLock(path)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, ok, err := fsutil.TryLock(path); ok || err != nil {
		t.Error("two have the lock", err)
	}
	if held, err := fsutil.Locked(path); !held || err != nil {
		t.Error("nobody has the lock", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fsutil.Lock(ctx, path); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if held, err := fsutil.Locked(path); held || err != nil {
		t.Error("somebody has the lock", err)
	}
}
