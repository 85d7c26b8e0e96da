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

// Entry is a backup, or what is left of one, in a folder of backups.
type Entry struct {
	Name     string
	Path     string
	Packed   bool      // a .tar.zst
	Partial  bool      // left behind by an interrupted run; List has none of these
	Bytes    int64     // on the disk
	Changed  time.Time // of the newest file in it
	Manifest Manifest  // without its files and IDs; zero when Problem is set, or Partial
	Problem  error     // why the manifest can't be trusted, or why Prune leaves it
}

// List are the backups in a folder, the oldest first; those whose manifest is
// damaged come with their Problem. Only manifests are read: Verify tells
// whether the rest is whole. A folder that does not exist has none.
func List(dir string) ([]Entry, error) {
	all, err := scan(dir)
	return slices.DeleteFunc(all, func(e Entry) bool { return e.Partial }), err
}

// scan finds finished backups and partial ones. What is neither is not ours.
func scan(dir string) ([]Entry, error) {
	found, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "the folder of backups can't be read")
	}
	var all []Entry
	for _, d := range found {
		e, ok := entry(filepath.Join(dir, d.Name()), d)
		if ok {
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
	b, err := openWith(path, false)
	if err != nil {
		e.Problem = err
		return e, !errors.Is(err, fs.ErrNotExist) // it may have gone meanwhile
	}
	e.Manifest = b.Manifest()
	return e, true
}

// measure adds up a backup's files. What can't be read counts nothing.
func measure(path string) (size int64, changed time.Time) {
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // the rest still counts
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // as above
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

// Find is the path of a backup that is given by path, or by its name in dir,
// with or without .tar.zst. There being none is a fault.NotFound.
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
	return "", fault.New(fault.NotFound, "there is no backup %q in %s", pathOrName, dir).
		WithHint("roamctl backup list shows those that there are")
}
