package restore

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
)

// Source is the backup of a restore.
type Source struct {
	Path   string // of the backup, a folder or a .tar.zst
	RunID  string // of the run that made it; "" for a path
	Digest string // as the run recorded it; "" if unknown
}

// Find returns the backup that arg names: a path, a run or a job by its ID or a
// unique prefix, or a backup by its name in dir. None is a fault.NotFound.
func Find(ctx context.Context, store *run.Store, dir, arg string) (Source, error) {
	if strings.ContainsAny(arg, `/`+string(filepath.Separator)) {
		return Source{Path: arg}, nil
	}
	r, seq, err := store.Find(ctx, arg)
	if fault.KindOf(err) == fault.NotFound {
		path, err := backup.Find(dir, arg)
		if err != nil {
			return Source{}, fault.New(fault.NotFound, "there is neither a run nor a backup %q in %s", arg, dir).
				WithHint("see roamctl runs list and roamctl backup list")
		}
		return Source{Path: path}, nil
	}
	if err != nil {
		return Source{}, err
	}
	defer r.Close()
	if seq == 0 {
		return Source{}, fault.New(fault.Usage, "run %s is about several users, each of whom has a backup", r.ID()).
			WithHint("restore one user's, such as %s-000001; roamctl runs show %s --users lists them", r.ID(), r.ID())
	}
	info, err := r.Info(ctx)
	if err != nil {
		return Source{}, err
	}
	journal := r.Journal(info.Summary, seq)
	job, err := deletion.ReadJournal(journal.Events(ctx))
	switch {
	case err != nil:
		return Source{}, err
	case job.Backup == nil:
		return Source{}, fault.New(fault.NotFound, "run %s made no backup, so there is nothing to restore", journal.ID())
	}
	return Source{Path: packed(job.Backup.Path), RunID: journal.ID(), Digest: job.Backup.Digest}, nil
}

// packed returns the path of a backup or, if it was packed, of its archive.
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
