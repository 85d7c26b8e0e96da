package export

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// The work folder is the lock of an export's folder: it is there from the start
// of a run to its end, whatever processes carry the run out, and its lock file
// holds the run's ID.
const (
	lockName    = "run"
	maxLock     = 1 << 10 // bytes; a run's ID takes less
	staleSuffix = "-gone" // of a work folder that is being removed
)

// lock locks the folder for the run. Renaming a complete work folder decides
// between processes, whatever state folders and paths they use.
func (x *Exporter) lock() error {
	holder, err := x.lockHolder()
	if err != nil || holder == x.runID {
		return err
	}
	if holder != "" {
		return x.lockedError(holder)
	}
	own := x.work() + "-" + x.runID
	err = fsutil.Folder(filepath.Join(own, tempFolder, x.runID))
	if err == nil {
		err = fsutil.Replace(filepath.Join(own, lockName), []byte(x.runID+"\n"))
	}
	if err == nil {
		err = os.Rename(own, x.work()) // fails if there is one that is not empty
	}
	if err != nil {
		return errors.Join(x.lockError(err), os.RemoveAll(own))
	}
	x.removeStale()
	if err := fsutil.SyncFolder(x.Dir); err != nil {
		return errors.Join(x.unwritableError(err), x.unlock())
	}
	return nil
}

// lockError says why the folder could not be locked.
func (x *Exporter) lockError(why error) error {
	holder, err := x.lockHolder()
	if err == nil && holder != "" {
		return x.lockedError(holder)
	}
	if _, stat := os.Stat(x.work()); err == nil && stat == nil {
		return fault.New(fault.Safety, "%s exists without a run", x.work()).
			WithHint("a discarded run left it: remove it, then export again")
	}
	return x.unwritableError(why)
}

func (x *Exporter) unwritableError(why error) error {
	return fault.Wrap(fault.Config, why, "cannot write to %s", x.Dir)
}

func (x *Exporter) lockedError(holder string) error {
	return fault.New(fault.Safety, "run %s has not finished its export to %s", holder, x.Dir).
		WithHint("finish it with roamctl runs resume %s, or export to another folder; to discard a run that is not running, "+
			"remove %s and the files that the run wrote", holder, x.work())
}

// checkLock makes sure that the run still has the lock. Somebody may have
// discarded the run while this process carries it out.
func (x *Exporter) checkLock() error {
	holder, err := x.lockHolder()
	if err != nil {
		return err
	}
	if holder != x.runID {
		return fault.New(fault.Safety, "run %s was discarded and no longer writes to %s", x.runID, x.Dir).
			WithHint("export again; messages in the manifest are not fetched again")
	}
	return nil
}

// lockHolder returns the ID of the run that has locked the folder; "" for none.
func (x *Exporter) lockHolder() (string, error) {
	b, err := fsutil.ReadFile(filepath.Join(x.work(), lockName), maxLock)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fault.Wrap(fault.Config, err, "cannot read the export in %s", x.Dir)
	}
	return strings.TrimSpace(string(b)), nil
}

// removeStale removes work folders that killed processes were removing. What
// can't be removed does no harm.
func (x *Exporter) removeStale() {
	entries, _ := os.ReadDir(x.Dir)
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, workName+"-") && strings.HasSuffix(name, staleSuffix) {
			_ = os.RemoveAll(filepath.Join(x.Dir, name))
		}
	}
}

// unlock removes the work folder, if the run still has the lock. It renames the
// folder first, so that another run can lock at once.
func (x *Exporter) unlock() error {
	if holder, err := x.lockHolder(); err != nil || holder != x.runID {
		return err
	}
	stale := x.work() + "-" + x.runID + staleSuffix
	if err := os.Rename(x.work(), stale); err != nil {
		return err
	}
	return os.RemoveAll(stale)
}
