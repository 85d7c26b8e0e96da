package backup

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// Entry is a backup, or the leftover of an interrupted run, in a folder of backups.
type Entry struct {
	Name     string
	Path     string
	Packed   bool      // a .tar.zst
	Partial  bool      // a leftover; List returns none
	Bytes    int64     // on the disk
	Changed  time.Time // of the newest file in it
	Manifest Manifest  // without its files and IDs; zero if Problem is set, or Partial
	Problem  error     // why the manifest can't be trusted, or why Prune keeps the entry
}

// List returns the backups in a folder, the oldest first. A damaged manifest is
// an entry's Problem. List reads manifests only; Verify checks the rest. A
// missing folder has no backups.
func List(dir string) ([]Entry, error) {
	all, err := scan(dir)
	return slices.DeleteFunc(all, func(e Entry) bool { return e.Partial }), err
}

// scan finds backups and leftovers, and ignores everything else.
func scan(dir string) ([]Entry, error) {
	found, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "cannot read the folder of backups")
	}
	var all []Entry
	for _, d := range found {
		if e, ok := entry(filepath.Join(dir, d.Name()), d); ok {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		return cmp.Or(a.Manifest.Created.Compare(b.Manifest.Created.Time), cmp.Compare(a.Name, b.Name))
	})
	return all, nil
}

func entry(path string, d fs.DirEntry) (Entry, bool) {
	e := Entry{Name: d.Name(), Path: path, Packed: isArchive(d.Name()), Partial: isPartial(d.Name())}
	switch {
	case e.Partial:
	case d.IsDir():
		if !exists(filepath.Join(path, manifestName)) && !exists(filepath.Join(path, messagesName)) {
			return e, false
		}
	case !e.Packed || !d.Type().IsRegular():
		return e, false
	}
	e.Bytes, e.Changed = measure(path)
	if e.Partial {
		return e, true
	}
	src, err := sourceAt(path)
	if err == nil {
		e.Manifest, err = readManifest(path, src, false)
	}
	e.Problem = err
	return e, !errors.Is(err, fs.ErrNotExist) // another process may have removed it
}

// measure adds up a backup's files. It skips what it can't read.
func measure(path string) (size int64, changed time.Time) {
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // skipped
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // skipped
		}
		if info.Mode().IsRegular() {
			size += info.Size()
		}
		if info.ModTime().After(changed) {
			changed = info.ModTime()
		}
		return nil
	})
	return size, changed
}

// Find returns the path of a backup that is given by path, or by its name in
// dir, with or without .tar.zst. A missing one is a fault.NotFound.
func Find(dir, pathOrName string) (string, error) {
	if strings.ContainsRune(pathOrName, filepath.Separator) || strings.Contains(pathOrName, "/") {
		return pathOrName, nil
	}
	for _, path := range []string{
		filepath.Join(dir, pathOrName), filepath.Join(dir, pathOrName+archiveSuffix), pathOrName,
	} {
		if pathOrName != "" && exists(path) {
			return path, nil
		}
	}
	return "", fault.New(fault.NotFound, "backup %q not found in %s", pathOrName, dir).
		WithHint("roamctl backup list shows the backups")
}
