package backup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// put makes files below dir, and the folders above them.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// abandoned is a work folder as a killed process leaves it.
func abandoned(t *testing.T, dir, name string) {
	t.Helper()
	w, err := newWork(dir, name)
	if err == nil {
		err = w.release()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestPruneKeepsForeignFolders(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	put(t, elsewhere, map[string]string{"precious": "x"})
	put(t, dir, map[string]string{
		".file.partial":                                 "a download of somebody's",
		".folder.partial/notes.txt":                     "x",
		".looks-alike.partial/" + messagesName:          "x",
		".looks-alike.partial/" + conversationsName:     "",
		".other-marker.partial/" + markerName:           markerText + "x",
		".damaged-manifest.partial/" + manifestName:     "{}",
		".with-a-folder.partial/" + messagesName + "/x": "x",
	})
	for _, name := range []string{"mine-and-notes", "attachments-file", "live"} {
		abandoned(t, dir, name)
	}
	put(t, dir, map[string]string{".mine-and-notes.partial/notes.txt": "x", ".attachments-file.partial/attachments": "x"})
	live := work{path: filepath.Join(dir, ".live.partial")}
	if err := errors.Join(live.lock(), os.Mkdir(filepath.Join(dir, ".empty.partial"), 0o700), os.Symlink(elsewhere, filepath.Join(dir, ".link.partial"))); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	p, err := Prune(dir, 0, time.Now().Add(48*time.Hour), false, nil)
	if err != nil || len(p.Removed) > 0 {
		t.Errorf("%v, %v", p.Removed, err)
	}
	if diff := cmp.Diff(before, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	var kept []string
	for _, e := range p.Kept {
		kept = append(kept, e.Name)
		if e.Problem == nil {
			t.Errorf("%s stays without a reason", e.Name)
		}
	}
	if len(kept) != 11 {
		t.Errorf("kept %v", kept)
	}
	if err := live.remove(); err != nil {
		t.Error(err)
	}
	if !exists(filepath.Join(elsewhere, "precious")) {
		t.Error("a link was followed")
	}
}

func TestPruneRemovesLeftovers(t *testing.T) {
	dir := t.TempDir()
	whole := written(t, 1, options())
	if err := os.Rename(whole, filepath.Join(dir, ".complete.partial")); err != nil { // killed before it had its name
		t.Fatal(err)
	}
	for _, name := range []string{"begun", "packed", "pruned", "pruned-archive"} {
		abandoned(t, dir, name)
	}
	put(t, dir, map[string]string{
		".begun.partial/" + messagesName:           "x",
		".begun.partial/" + conversationsName:      "",
		".begun.partial/" + attachmentsName:        "",
		".begun.partial/" + manifestName:           "{",
		".begun.partial/attachments/1-cat.png":     "x",
		".packed.partial/" + packedName:            "x",
		".pruned.partial/removed/" + messagesName:  "x",
		".pruned-archive.partial/removed":          "x",
		".torn-marker.partial/" + markerName:       markerText[:7],
		".no-text-in-marker.partial/" + markerName: "",
	})
	p, err := Prune(dir, 0, time.Now().Add(48*time.Hour), true, nil)
	if err != nil || len(p.Removed) != 7 || len(p.Kept) > 0 || len(names(t, dir)) != 7 {
		t.Errorf("dry run: %v, %v", p, err)
	}
	if p, err = Prune(dir, 0, time.Now().Add(48*time.Hour), false, nil); err != nil || len(p.Removed) != 7 {
		t.Errorf("%v, %v", p, err)
	}
	leftNothing(t, dir)
}

// A backup with a file that roamctl did not write is kept.
func TestPruneKeepsBackupsWithOtherFiles(t *testing.T) {
	for _, added := range []string{"notes.txt", "attachments/notes.txt", "folder/notes.txt"} {
		path := written(t, 1, options())
		put(t, path, map[string]string{added: "x"})
		p, err := Prune(filepath.Dir(path), 0, noon().Add(time.Hour), false, nil)
		if err != nil || len(p.Removed) > 0 || len(p.Kept) != 1 {
			t.Fatalf("%s: %+v, %v", added, p, err)
		}
		what, _, _ := strings.Cut(added, "/notes.txt")
		if got := p.Kept[0].Problem; !mentions(got, strings.TrimPrefix(what, "attachments"), "no part of a backup") {
			t.Errorf("%s: %v", added, got)
		}
		if !exists(filepath.Join(path, filepath.FromSlash(added))) {
			t.Errorf("%s is gone", added)
		}
	}
}

// A backup with attachments goes whole. With a folder that is not its own it stays.
func TestPruneOfBackupsWithAttachments(t *testing.T) {
	for _, added := range []string{"", "folder", "attachments/folder"} {
		o := options()
		o.Fetcher = &shelf{content: map[string]string{"https://x/1": "cat"}}
		path := written(t, 1, o)
		if added != "" {
			if err := os.Mkdir(filepath.Join(path, filepath.FromSlash(added)), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		p, err := Prune(filepath.Dir(path), 0, noon().Add(time.Hour), false, nil)
		if gone := len(p.Removed) == 1; err != nil || gone != (added == "") || exists(path) == gone {
			t.Errorf("%q: %+v, %v", added, p, err)
		}
	}
}

// names are all files and folders below dir.
func names(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range found {
		all = append(all, d.Name())
	}
	return all
}
