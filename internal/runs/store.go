package runs

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

// openPatience is how long Open waits for a run's lock: another process that
// looks at the run has it for an instant.
const openPatience = 250 * time.Millisecond

// Store is a folder of runs. Nothing is made before the first Start or Lock.
type Store struct {
	dir string
	now func() time.Time
}

// NewStore is the store in dir; now is the clock of the events.
func NewStore(dir string, now func() time.Time) *Store { return &Store{dir: dir, now: now} }

// Start begins a run: when it returns, its intent is on disk. Intent is what
// encodes as JSON. Errors of the disk are fault.Config, and then nothing has
// begun.
func (s *Store) Start(ctx context.Context, intent any, summary Summary) (*Run, error) {
	raw, err := json.Marshal(intent)
	if err != nil {
		return nil, fault.Wrap(fault.Bug, err, "encoding a run's intent")
	}
	return s.Begin(ctx, summary, func(Journal) (any, error) { return json.RawMessage(raw), nil })
}

// Begin is Start for a run that needs other files in its folder: prepare writes
// them and returns the intent. A process that is killed in prepare leaves no
// run behind. An error of prepare is returned as it is.
func (s *Store) Begin(ctx context.Context, summary Summary, prepare func(Journal) (intent any, err error)) (*Run, error) {
	j, err := s.create(ctx)
	if err != nil {
		return nil, cannotStart(s.dir, err)
	}
	r, err := s.acquire(ctx, j, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, cannotStart(s.dir, errors.Join(err, os.RemoveAll(j.dir)))
	}
	intent, err := prepare(j)
	if err != nil {
		return nil, errors.Join(err, r.Discard())
	}
	raw, err := json.Marshal(intent)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Bug, err, "encoding a run's intent"), r.Discard())
	}
	err = r.Append(Started, beginning{Summary: summary, Intent: raw})
	for _, dir := range []string{j.dir, s.dir} {
		if err == nil {
			err = fsutil.SyncFolder(dir)
		}
	}
	if err != nil {
		return nil, cannotStart(s.dir, errors.Join(err, r.Discard()))
	}
	return r, nil
}

func cannotStart(dir string, err error) error {
	if fault.KindOf(err) == fault.Interrupted {
		return err
	}
	return fault.Wrap(fault.Config, err, "the run can't be journalled, so nothing was begun").
		WithHint("%s", cmp.Or(fault.HintOf(err), "it needs room and the right to write in "+dir))
}

// create makes a folder that no other process has. Its ID sorts after all
// others, even when the clock was set back.
func (s *Store) create(ctx context.Context) (Journal, error) {
	if err := fsutil.Folder(s.dir); err != nil {
		return Journal{}, err
	}
	ids, err := s.ids()
	if err != nil {
		return Journal{}, err
	}
	last := ""
	if len(ids) > 0 {
		last = ids[len(ids)-1]
	}
	for {
		if err := context.Cause(ctx); err != nil {
			return Journal{}, err
		}
		id := newID(s.now(), last)
		dir := filepath.Join(s.dir, id)
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			return Journal{id: id, dir: dir}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return Journal{}, err
		}
		last = id
	}
}

// Open takes up a run again, by its ID or the unique beginning of one. What
// Find refuses it refuses too; a run that a live process carries out is a
// fault.Safety.
func (s *Store) Open(ctx context.Context, id string) (*Run, error) {
	j, err := s.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := s.acquire(ctx, *j, 0)
	if err != nil {
		return nil, err
	}
	end, seq, err := j.end(r.file)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if seq == 0 {
		return nil, errors.Join(inRun(j.id, errNotBegun), r.Close())
	}
	size, err := r.file.Stat()
	if err != nil {
		return nil, errors.Join(inRun(j.id, err), r.Close())
	}
	r.end, r.seq, r.torn = end, seq, size.Size() > end
	return r, nil
}

// acquire locks a run and opens its journal for writing.
func (s *Store) acquire(ctx context.Context, j Journal, flag int) (*Run, error) {
	patient, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	unlock, err := fsutil.Lock(patient, filepath.Join(j.dir, lockFile))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fault.New(fault.Safety, "run %s is being carried out by another process", j.id).
			WithHint("let it end, or stop it; look at it with: roamctl runs show %s", j.id)
	case err != nil:
		return nil, inRun(j.id, err)
	}
	f, err := os.OpenFile(filepath.Join(j.dir, journalFile), os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, errors.Join(inRun(j.id, err), unlock())
	}
	return &Run{Journal: j, now: s.now, unlock: unlock, file: f}, nil
}
