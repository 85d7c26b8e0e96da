package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// lockTimeout is how long Open waits for a run's lock: a process that only looks
// at the run holds it for an instant.
const lockTimeout = 250 * time.Millisecond

// Store is a folder of runs. It is created by the first Begin or Lock.
type Store struct {
	dir string
	now func() time.Time
}

// NewStore returns the store in dir; now is the clock of the events.
func NewStore(dir string, now func() time.Time) *Store { return &Store{dir: dir, now: now} }

// Begin begins a run. Prepare adds its jobs and returns the intent, which is
// encoded as JSON; its error is returned as it is. When Begin returns, all of
// that is on disk. After an error, or when the process is killed before that,
// there is no run.
func (s *Store) Begin(ctx context.Context, summary Summary, prepare func(*Run) (intent any, err error)) (*Run, error) {
	r, err := s.create(ctx)
	if err != nil {
		return nil, cannotStart(s.dir, err)
	}
	intent, err := prepare(r)
	if err != nil {
		return nil, errors.Join(err, r.Discard())
	}
	raw, err := json.Marshal(intent)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Bug, err, "encoding a run's intent"), r.Discard())
	}
	err = r.journal().Append(eventStarted, startedEvent{Summary: summary, Intent: raw})
	if err == nil {
		err = r.sync(s.dir)
	}
	if err != nil {
		return nil, cannotStart(s.dir, errors.Join(err, r.Discard()))
	}
	return r, nil
}

// sync puts the file itself on disk, whose changes are in SQLite's log so far, and
// the names of the file and of the folder.
func (r *Run) sync(store string) error {
	return errors.Join(r.file.Sync(), fsutil.SyncFolder(r.dir), fsutil.SyncFolder(store))
}

func cannotStart(dir string, err error) error {
	if fault.KindOf(err) == fault.Interrupted {
		return err
	}
	return fault.Wrap(fault.Config, err, "cannot write the run's file; nothing was started").
		WithHint("%s", cmp.Or(fault.HintOf(err), "it needs space and write permission in "+dir))
}

// create creates a run's folder, takes its lock and creates its file.
func (s *Store) create(ctx context.Context) (*Run, error) {
	r, err := s.createFolder(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.lock(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.dir))
	}
	if r.DB, err = create(ctx, filepath.Join(r.dir, dbFile)); err != nil {
		return nil, errors.Join(err, r.unlock(), os.RemoveAll(r.dir))
	}
	return r, nil
}

// createFolder creates a folder that no other process has. Its ID sorts after
// all others, even when the clock was set back.
func (s *Store) createFolder(ctx context.Context) (*Run, error) {
	if err := fsutil.Folder(s.dir); err != nil {
		return nil, err
	}
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	last := ""
	if len(ids) > 0 {
		last = ids[len(ids)-1]
	}
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		id := newID(s.now(), last)
		dir := filepath.Join(s.dir, id)
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			return &Run{id: id, dir: dir, now: s.now}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		last = id
	}
}

// Open opens a run to resume it, by its ID or a unique prefix. A run that another
// process carries out is a fault.Safety.
func (s *Store) Open(ctx context.Context, id string) (*Run, error) {
	id, err := s.complete(id)
	if err != nil {
		return nil, err
	}
	r := &Run{id: id, dir: filepath.Join(s.dir, id), now: s.now}
	if err := r.lock(ctx); err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		return nil, errors.Join(err, r.unlock())
	}
	if _, _, err := r.started(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Find opens a run to read it, by its ID or a unique prefix: another process may
// carry it out. By a job's ID it finds the run of the job. The number is that of
// the job that was named, or of the only one of a run over one user; 0 for a
// whole run over several.
func (s *Store) Find(ctx context.Context, id string) (*Run, int64, error) {
	run, seq, isJob := cutJobID(id)
	if !isJob {
		run = id
	}
	run, err := s.complete(run)
	if err != nil {
		return nil, 0, err
	}
	r := &Run{id: run, dir: filepath.Join(s.dir, run), now: s.now}
	if err := r.open(ctx); err != nil {
		return nil, 0, err
	}
	started, _, err := r.started(ctx)
	if err != nil {
		return nil, 0, errors.Join(err, r.Close())
	}
	if !started.Summary.Many && !isJob {
		seq = 1
	}
	if seq == 0 {
		return r, 0, nil
	}
	if _, err = r.Job(ctx, seq); errors.Is(err, errNoJob) || isJob && !started.Summary.Many {
		err = fault.New(fault.NotFound, "run %s has no job %d", run, seq).
			WithHint("roamctl runs show %s --users lists them", run)
	}
	if err != nil {
		return nil, 0, errors.Join(err, r.Close())
	}
	return r, seq, nil
}

// open opens a run's file, which must be there.
func (r *Run) open(ctx context.Context) (err error) {
	r.DB, err = openExisting(ctx, filepath.Join(r.dir, dbFile))
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, old := range []string{"journal.ndjson", "ledger.db"} {
		if _, err := os.Stat(filepath.Join(r.dir, old)); err == nil {
			return fault.Wrap(fault.Config, ErrOldFormat, "cannot read run %s", r.id).
				WithHint("an earlier version of roamctl wrote it: resume it with that version, or start the command again")
		}
	}
	return inRun(r.id, errNotBegun)
}

// ErrOldFormat is the error of a run that an earlier version of roamctl wrote.
var ErrOldFormat = errors.New("it has the format of an earlier version")

// lock takes the run's lock.
func (r *Run) lock(ctx context.Context) (err error) {
	patient, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	r.unlock, err = fsutil.Lock(patient, filepath.Join(r.dir, lockFile))
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Safety, "run %s is still running in another process", r.id).
			WithHint("wait for it to end, or stop it; roamctl runs show %s shows the run", r.id)
	case err != nil:
		return inRun(r.id, err)
	}
	return nil
}
