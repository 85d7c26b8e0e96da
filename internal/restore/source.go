package restore

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	runledger "github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/runs"
)

// Source is the backup of a restore.
type Source struct {
	Path   string // of the backup, a folder or a .tar.zst
	RunID  string // of the run that made it; "" for a path
	Digest string // as the run recorded it; "" if unknown
}

// backupEvent is what a run's journal says of its backup.
type backupEvent struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
}

// Find returns the backup of a path, a run ID or its unique beginning, or a
// backup's name in dir. If there is none, it is a fault.NotFound.
func Find(ctx context.Context, store *runs.Store, dir, arg string) (Source, error) {
	if strings.ContainsAny(arg, `/`+string(filepath.Separator)) {
		return Source{Path: arg}, nil
	}
	if source, err := ofMany(ctx, store, arg); err != nil || source.Path != "" {
		return source, err
	}
	journal, err := store.Find(ctx, arg)
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
	if journal.Many() {
		return Source{}, fault.New(fault.Usage, "run %s is about many users, each of whom has a backup", journal.ID()).
			WithHint("restore one user's, such as %s-000001; roamctl runs show %s --users names them", journal.ID(), journal.ID())
	}
	return Source{}, fault.New(fault.NotFound, "run %s made no backup, so there is nothing to restore", journal.ID())
}

// ofMany is the backup of one user's part of a run over many, by the part's ID;
// none when arg is no such ID.
func ofMany(ctx context.Context, store *runs.Store, arg string) (Source, error) {
	run, seq, ok := runledger.CutPart(arg)
	if !ok {
		return Source{}, nil
	}
	journal, err := store.Find(ctx, run)
	if err != nil || !journal.Many() {
		return Source{}, nil // it may be a backup's name
	}
	l, err := runledger.OpenOf(ctx, journal.Dir())
	if err != nil {
		return Source{}, err
	}
	defer l.Close()
	for e, err := range l.Journal(journal.ID(), runledger.User{Seq: seq}, nil).Events(ctx) {
		if err != nil {
			return Source{}, err
		}
		var b backupEvent
		if e.Kind != "backup" {
			continue
		}
		if err := json.Unmarshal(e.Data, &b); err != nil {
			return Source{}, fault.Wrap(fault.Safety, err, "run %s", arg)
		}
		return Source{Path: packed(b.Path), RunID: arg, Digest: b.Digest}, nil
	}
	return Source{}, fault.New(fault.NotFound, "%s made no backup, so there is nothing to restore", arg)
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
