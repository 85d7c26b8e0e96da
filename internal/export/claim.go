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

// claimName is the file of the work folder that says which run's it is.
const claimName = "run"

// maxClaim is more than a run's ID takes, in bytes.
const maxClaim = 1 << 10

// goneSuffix ends the name of a work folder that is on its way out.
const goneSuffix = "-gone"

// claim takes the folder for the run. It is the whole work folder that gets its
// name at once, which one of two processes achieves, wherever their own states
// are and by whatever path they have come.
func (x *Exporter) claim() error {
	is, err := x.claimed()
	if err != nil || is == x.run {
		return err
	}
	if is != "" {
		return x.taken(is)
	}
	own := x.work() + "-" + x.run
	err = fsutil.Folder(filepath.Join(own, spoolFolder, x.run))
	if err == nil {
		err = fsutil.Replace(filepath.Join(own, claimName), []byte(x.run+"\n"))
	}
	if err == nil {
		err = os.Rename(own, x.work()) // fails where there is one with something in it
	}
	if err != nil {
		return errors.Join(x.unclaimed(err), os.RemoveAll(own))
	}
	x.sweep()
	if err := fsutil.SyncFolder(x.Dir); err != nil {
		return errors.Join(x.unwritable(err), x.clean())
	}
	return nil
}

// unclaimed is why the work folder could not be taken.
func (x *Exporter) unclaimed(why error) error {
	is, err := x.claimed()
	if err != nil {
		return x.unwritable(why)
	}
	if is != "" {
		return x.taken(is)
	}
	if _, err := os.Stat(x.work()); err == nil {
		return fault.New(fault.Safety, "%s is there, and no run has it", x.work()).
			WithHint("a run was given up: remove the rest of it, and export again")
	}
	return x.unwritable(why)
}

func (x *Exporter) unwritable(why error) error {
	return fault.Wrap(fault.Config, why, "the export can't be written to %s", x.Dir)
}

// still makes sure that the folder is still this run's: somebody may have given
// the run up who thought that no process carries it out.
func (x *Exporter) still() error {
	is, err := x.claimed()
	if err != nil {
		return err
	}
	if is != x.run {
		return fault.New(fault.Safety, "run %s was given up: %s is no longer its folder", x.run, x.Dir).
			WithHint("export anew: what is in the manifest is not fetched again")
	}
	return nil
}

// sweep removes what killed processes have left behind of folders that were on
// their way out. What it can't remove is in nobody's way.
func (x *Exporter) sweep() {
	entries, _ := os.ReadDir(x.Dir)
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, workName+"-") && strings.HasSuffix(name, goneSuffix) {
			_ = os.RemoveAll(filepath.Join(x.Dir, name))
		}
	}
}

func (x *Exporter) taken(run string) error {
	return fault.New(fault.Safety, "run %s has not finished its export to %s", run, x.Dir).
		WithHint("finish it: roamctl runs resume %s; or, if no process carries it out, give it up: remove %s", run, x.work())
}

// claimed is the run whose claim on the folder stands; "" for none.
func (x *Exporter) claimed() (string, error) {
	b, err := fsutil.ReadFile(filepath.Join(x.work(), claimName), maxClaim)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fault.Wrap(fault.Config, err, "the export in %s can't be read", x.Dir)
	}
	return strings.TrimSpace(string(b)), nil
}

// clean removes what is only there while a run goes on, if it is still that run's.
// It loses its name first: another run may take the folder at once.
func (x *Exporter) clean() error {
	if is, err := x.claimed(); err != nil || is != x.run {
		return err
	}
	aside := x.work() + "-" + x.run + goneSuffix
	if err := os.Rename(x.work(), aside); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}
