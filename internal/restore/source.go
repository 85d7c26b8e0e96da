package restore

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/runs"
)

// Source is where a restore takes its messages from.
type Source struct {
	Path   string // of the backup, a folder or a .tar.zst
	RunID  string // of the run that made it; "" when the path was given
	Digest string // the backup's, as the run noted it; "" when it is not known
}

// backupEvent is what a run's journal says of its backup.
type backupEvent struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
}

// Find is the backup at a path, or that of a run, by the run's ID or the
// unique beginning of one. None is a fault.NotFound.
func Find(ctx context.Context, store *runs.Store, arg string) (Source, error) {
	if _, err := os.Stat(arg); err == nil {
		return Source{Path: arg}, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return Source{}, fault.Wrap(fault.Usage, err, "the backup can't be read")
	}
	journal, err := store.Find(ctx, arg)
	if fault.KindOf(err) == fault.NotFound {
		return Source{}, fault.New(fault.NotFound, "%q is neither a backup nor a run", arg).
			WithHint("roamctl backup list and roamctl runs list show what there is")
	}
	if err != nil {
		return Source{}, err
	}
	for e, err := range journal.Events() {
		if err != nil {
			return Source{}, err
		}
		if e.Kind != "backup" {
			continue
		}
		var b backupEvent
		if err := e.Into(&b); err != nil {
			return Source{}, fault.Wrap(fault.Safety, err, "run %s", journal.ID())
		}
		return Source{Path: packed(b.Path), RunID: journal.ID(), Digest: b.Digest}, nil
	}
	return Source{}, fault.New(fault.NotFound, "run %s made no backup, so there is nothing to restore", journal.ID())
}

// packed is the path of a backup, or of the archive that it has become.
func packed(path string) string {
	const suffix = ".tar.zst"
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if _, err := os.Stat(path + suffix); err == nil {
		return path + suffix
	}
	return path
}
