package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// minPartialAge is the age at which a leftover of an interrupted run can be
// removed: a younger one may be in use.
const minPartialAge = 24 * time.Hour

// Pruned is what Prune removed, or in a dry run would remove, the oldest first.
type Pruned struct {
	Removed []Entry
	Kept    []Entry // old enough, but may have files that roamctl did not write; see Problem
}

// Prune removes backups that were created more than olderThan before now, and
// leftovers of interrupted runs that were not written to for that long and for
// a day. It keeps whatever may not be roamctl's: a folder with a file that
// roamctl does not write, and a leftover without a marker. It keeps backups with
// a damaged manifest, because their age is unknown. If filter is not nil, Prune
// ignores leftovers and the backups for which filter is false. Its result is
// right also with an error.
func Prune(dir string, olderThan time.Duration, now time.Time, dryRun bool, filter func(Manifest) bool) (Pruned, error) {
	if olderThan < 0 {
		return Pruned{}, fault.New(fault.Usage, "the age of backups must not be negative")
	}
	all, err := scan(dir)
	if err != nil {
		return Pruned{}, err
	}
	var p Pruned
	for _, e := range all {
		if !e.isOlder(olderThan, now) || filter != nil && (e.Partial || !filter(e.Manifest)) {
			continue
		}
		if e.Problem = e.checkOurs(); e.Problem != nil {
			p.Kept = append(p.Kept, e)
			continue
		}
		if !dryRun {
			if err := e.remove(); err != nil {
				return p, fault.Wrap(fault.Partial, err, "cannot remove the backup %s", e.Path)
			}
		}
		p.Removed = append(p.Removed, e)
	}
	return p, nil
}

func (e Entry) isOlder(age time.Duration, now time.Time) bool {
	if e.Partial {
		return e.Changed.Before(now.Add(-max(age, minPartialAge)))
	}
	return e.Problem == nil && e.Manifest.Created.Before(now.Add(-age))
}

// checkOurs returns why an entry may contain something that is not roamctl's.
func (e Entry) checkOurs() error {
	switch {
	case e.Partial:
		return checkLeftover(e.Path)
	case e.Packed:
		return nil
	default:
		return checkFiles(e.Path)
	}
}

// checkFiles refuses a backup's folder with a file that its manifest does not name.
func checkFiles(path string) error {
	b, err := Open(path)
	if err != nil {
		return err
	}
	named := map[string]bool{manifestName: true}
	for _, f := range b.Manifest().Files {
		named[f.Name] = true
	}
	return filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(path, file)
		if err := errors.Join(err, relErr); err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == "." || name == attachmentsDir && d.IsDir() || named[name] && d.Type().IsRegular() {
			return nil
		}
		return unknownFile(name)
	})
}

// remove first moves the backup into a work folder, so that an interruption
// leaves no backup with missing files.
func (e Entry) remove() error {
	if e.Partial {
		w := &work{path: e.Path}
		if err := w.lock(); err != nil {
			return err
		}
		return w.remove()
	}
	w, _, err := anyWork(filepath.Dir(e.Path), e.Name+".pruned", nil)
	if err != nil {
		return err
	}
	return errors.Join(os.Rename(e.Path, filepath.Join(w.path, removedName)), fsutil.SyncFolder(filepath.Dir(e.Path)), w.remove())
}
