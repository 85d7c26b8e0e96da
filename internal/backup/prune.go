package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// partialAge is how long what an interrupted run left behind stays at least: a
// run may be writing it still.
const partialAge = 24 * time.Hour

// Pruned is what Prune did, or in a dry run would do, the oldest first.
type Pruned struct {
	Gone []Entry
	Kept []Entry // old enough, but not provably roamctl's alone: Problem says why
}

// Prune removes the backups that were made longer than olderThan before now,
// and what interrupted runs left behind once nothing has been written to it
// for that long and for a day. It removes nothing that it can't prove to be
// roamctl's: a folder with a file that roamctl does not make stays, and so does
// an unfinished one without the marker of one. Those with a damaged manifest
// stay, too: when they were made can't be told, and something of them may be
// saved. whose, if not nil, leaves out what it does not take, and what can't say
// whose it is. What Prune returns is right also when it fails half-way.
func Prune(dir string, olderThan time.Duration, now time.Time, dryRun bool, whose func(Manifest) bool) (Pruned, error) {
	if olderThan < 0 {
		return Pruned{}, fault.New(fault.Usage, "backups can't be older than a negative age")
	}
	all, err := scan(dir)
	if err != nil {
		return Pruned{}, err
	}
	var p Pruned
	for _, e := range all {
		if !e.stale(olderThan, now) || whose != nil && (e.Partial || !whose(e.Manifest)) {
			continue
		}
		if e.Problem = e.foreign(); e.Problem != nil {
			p.Kept = append(p.Kept, e)
			continue
		}
		if !dryRun {
			if err := e.remove(); err != nil {
				return p, fault.Wrap(fault.Partial, err, "the backup %s can't be removed", e.Path)
			}
		}
		p.Gone = append(p.Gone, e)
	}
	return p, nil
}

func (e Entry) stale(olderThan time.Duration, now time.Time) bool {
	if e.Partial {
		return e.Changed.Before(now.Add(-max(olderThan, partialAge)))
	}
	return e.Problem == nil && e.Manifest.Created.Before(now.Add(-olderThan))
}

// foreign is why an entry may hold what is not roamctl's; nil when it can't.
func (e Entry) foreign() error {
	switch {
	case e.Partial:
		return left(e.Path)
	case e.Packed:
		return nil
	default:
		return onlyNamed(e.Path)
	}
}

// onlyNamed names a file in a backup's folder that its manifest does not name.
func onlyNamed(path string) error {
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
		return foreign(name)
	})
}

func foreign(name string) error { return fmt.Errorf("it holds %s, which is no part of a backup", name) }

// remove takes the name away first, so that being interrupted leaves no
// backup of which files are missing.
func (e Entry) remove() error {
	if e.Partial {
		w := &work{path: e.Path}
		if err := w.lock(); err != nil {
			return err
		}
		return w.remove()
	}
	w, err := anyWork(filepath.Dir(e.Path), e.Name+".pruned")
	if err != nil {
		return err
	}
	return errors.Join(os.Rename(e.Path, filepath.Join(w.path, removedName)), fsutil.SyncFolder(filepath.Dir(e.Path)), w.remove())
}
