package backup

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/durable"
	"github.com/roamctl/roamctl/internal/fault"
)

// partialAge is how long what an interrupted run left behind stays at least: a
// run may be writing it still.
const partialAge = 24 * time.Hour

// Prune removes the backups that were made longer than olderThan before now,
// and what interrupted runs left behind once nothing has been written to it
// for that long and for a day. Those with a damaged manifest stay: when they
// were made can't be told, and something of them may be saved. It returns what
// it removed, or would remove in a dry run, the oldest first, also when it
// fails half-way.
func Prune(dir string, olderThan time.Duration, now time.Time, dryRun bool) ([]Entry, error) {
	if olderThan < 0 {
		return nil, fault.New(fault.Usage, "backups can't be older than a negative age")
	}
	all, err := scan(dir)
	if err != nil {
		return nil, err
	}
	var gone []Entry
	for _, e := range all {
		if !e.stale(olderThan, now) {
			continue
		}
		if !dryRun {
			if err := e.remove(); err != nil {
				return gone, fault.Wrap(fault.Partial, err, "the backup %s can't be removed", e.Path)
			}
		}
		gone = append(gone, e)
	}
	return gone, nil
}

func (e Entry) stale(olderThan time.Duration, now time.Time) bool {
	switch {
	case e.Partial:
		return e.Changed.Before(now.Add(-max(olderThan, partialAge)))
	case e.Problem != nil:
		return false
	default:
		return e.Manifest.Created.Before(now.Add(-olderThan))
	}
}

// remove takes the name away first, so that being interrupted leaves no
// backup of which files are missing.
func (e Entry) remove() error {
	path := e.Path
	if !e.Partial {
		path = filepath.Join(filepath.Dir(e.Path), partialName(e.Name+".pruned"))
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if err := os.Rename(e.Path, path); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(path), durable.SyncFolder(filepath.Dir(e.Path)))
}
