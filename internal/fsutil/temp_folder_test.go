package fsutil

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names are those of the entries of a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestTempFolder(t *testing.T) {
	parent := t.TempDir()
	moved, err := NewTempFolder(parent)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := NewTempFolder(parent)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*TempFolder{moved, closed} {
		if err := os.WriteFile(filepath.Join(f.Path, "a"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	RemoveStale(parent) // neither is stale
	if err := moved.MoveTo(filepath.Join(parent, "out")); err != nil {
		t.Fatal(err)
	}
	for _, f := range []*TempFolder{moved, closed} {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"out"}, names(t, parent)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a"}, names(t, filepath.Join(parent, "out"))); diff != "" {
		t.Error(diff)
	}
}

// Processes that make folders beside each other and remove stale ones do not disturb each
// other.
func TestTempFoldersSideBySide(t *testing.T) {
	parent := t.TempDir()
	var wait sync.WaitGroup
	for n := range 8 {
		wait.Go(func() {
			for i := range 20 {
				RemoveStale(parent)
				f, err := NewTempFolder(parent)
				if err == nil {
					err = errors.Join(os.WriteFile(filepath.Join(f.Path, "a"), nil, 0o600), f.MoveTo(filepath.Join(parent, fmt.Sprint(n, "-", i))), f.Close())
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	RemoveStale(parent)
	if all := names(t, parent); len(all) != 8*20 || strings.HasPrefix(all[0], ".") {
		t.Errorf("%d folders: %q", len(all), all)
	}
}

// RemoveStale removes what a killed process left. Other people's folders stay, and those
// whose owner has yet to lock them and has begun to fill them.
func TestRemoveStale(t *testing.T) {
	parent, outside := t.TempDir(), t.TempDir()
	for _, dir := range []string{
		"left/content/files", "not-locked", "foreign/deep", "other/content",
	} {
		if err := os.MkdirAll(filepath.Join(parent, tempPrefix+dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(parent, tempPrefix+"other"), filepath.Join(parent, "other")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{tempPrefix + "left/lock", tempPrefix + "left/content/files/a", "other/lock"} {
		if err := os.WriteFile(filepath.Join(parent, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{tempPrefix + "foreign", "other"}
	if err := os.Symlink(outside, filepath.Join(parent, tempPrefix+"link")); err == nil {
		want = []string{tempPrefix + "foreign", tempPrefix + "link", "other"}
	}
	if err := os.WriteFile(filepath.Join(outside, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	RemoveStale(parent)
	if diff := cmp.Diff(want, names(t, parent)); diff != "" {
		t.Error(diff)
	}
	for dir, want := range map[string][]string{filepath.Join(parent, "other"): {"content", "lock"}, outside: {"lock"}} {
		if diff := cmp.Diff(want, names(t, dir)); diff != "" {
			t.Errorf("%s: %s", dir, diff)
		}
	}
}
