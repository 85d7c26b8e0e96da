package run

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	dbFile   = "run.db"
	lockFile = "lock"
)

// Summary says in short what a run is about.
type Summary struct {
	Command      string           `json:"command"`        // such as "messages delete"
	User         string           `json:"user"`           // "" for several
	Many         bool             `json:"many,omitempty"` // it has a job for each of several users
	Conversation string           `json:"conversation,omitempty"`
	Type         roaming.ChatType `json:"type,omitempty"`
	Profile      string           `json:"profile"`
	AppKey       string           `json:"app_key"`
	Plan         string           `json:"plan,omitempty"` // the digest of the plan that it applies
	Operator     string           `json:"operator"`
}

// Info is a run in a list.
type Info struct {
	ID string `json:"id"`
	Summary

	Started roaming.Time `json:"started"`
	Updated roaming.Time `json:"updated"` // the time of the latest event
	State   State        `json:"state"`
}

// The kinds of the events of a run itself; those of its jobs belong to the package that
// does the jobs.
const (
	eventStarted  = "started"  // the first one: the summary and the intent
	eventResumed  = "resumed"  // a process continues a run that had finished
	eventFinished = "finished" // the data is Finish
)

type startedEvent struct {
	Summary Summary         `json:"summary"`
	Intent  json.RawMessage `json:"intent"`
}

// Finish says how a process has left a run.
type Finish struct {
	State State  `json:"state"` // Done, PartlyDone, Failed or Refused; Interrupted for a run to be resumed
	Error string `json:"error,omitempty"`
}

// Run is an open run. Only the process that carries it out, because it began or
// resumed it, may write to it.
type Run struct {
	*DB

	id     string
	dir    string
	now    func() time.Time
	unlock func() error // nil when another process may carry it out
}

// ID is the run's name, such as 20261123T143012-7f3a9c.
func (r *Run) ID() string { return r.id }

// Dir is the run's folder, mode 0700.
func (r *Run) Dir() string { return r.dir }

func (r *Run) journal() *Journal { return &Journal{db: r.DB, id: r.id, now: r.now} }

// JobID names a job. The job of a run over one user has the run's ID.
func (r *Run) JobID(s Summary, seq int64) string {
	if s.Many {
		return jobID(r.id, seq)
	}
	return r.id
}

// Journal is the journal of a job.
func (r *Run) Journal(s Summary, seq int64) *Journal {
	return &Journal{db: r.DB, seq: seq, id: r.JobID(s, seq), now: r.now}
}

// errNotBegun means that the process was killed before it wrote the first event.
var errNotBegun = errors.New("it was killed before it began, or its file was removed")

// Intent decodes what the run was started with.
func (r *Run) Intent(ctx context.Context, into any) error {
	started, _, err := r.started(ctx)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(started.Intent, into); err != nil {
		return fault.Wrap(fault.Safety, err, "cannot read the intent of run %s", r.id).
			WithHint("another version of roamctl may have written it")
	}
	return nil
}

func (r *Run) started(ctx context.Context) (s startedEvent, at roaming.Time, err error) {
	for e, err := range r.journal().Events(ctx) {
		if err == nil && e.Kind != eventStarted {
			err = fault.New(fault.Safety, "the journal of run %s begins with %q, not with %q", r.id, e.Kind, eventStarted)
		}
		if err == nil {
			err = e.Into(&s)
		}
		return s, e.Time, err
	}
	return s, at, inRun(r.id, errNotBegun)
}

// Info sums the run up.
func (r *Run) Info(ctx context.Context) (Info, error) {
	info := Info{ID: r.id}
	s, at, err := r.started(ctx)
	if err != nil {
		return info, err
	}
	info.Summary, info.Started = s.Summary, at
	last, _, err := r.journal().last(ctx)
	if err != nil {
		return info, err
	}
	info.Updated = last.Time
	if !s.Summary.Many {
		e, ok, err := r.Journal(s.Summary, 1).last(ctx)
		if err != nil {
			return info, err
		}
		if ok && e.Time.After(last.Time.Time) {
			info.Updated = e.Time
		}
	}
	info.State, err = r.state(last)
	return info, err
}

func (r *Run) state(last Event) (State, error) {
	if last.Kind == eventFinished {
		var f Finish
		if err := last.Into(&f); err != nil {
			return "", inRun(r.id, err)
		}
		if f.State != Interrupted {
			return f.State, nil
		}
	}
	if r.unlock != nil {
		return Interrupted, nil
	}
	locked, err := fsutil.Locked(filepath.Join(r.dir, lockFile))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", inRun(r.id, err)
	case locked:
		return Running, nil
	default:
		return Interrupted, nil
	}
}

// Finished returns how the last process has left the run; the zero value when it
// was killed.
func (r *Run) Finished(ctx context.Context) (f Finish, err error) {
	last, ok, err := r.journal().last(ctx)
	if err == nil && ok && last.Kind == eventFinished {
		err = last.Into(&f)
	}
	return f, err
}

// Resume writes that this process continues the run.
func (r *Run) Resume() error { return r.journal().Append(eventResumed, nil) }

// End writes how this process leaves the run.
func (r *Run) End(f Finish) error { return r.journal().Append(eventFinished, f) }

// Close releases the run; its file stays.
func (r *Run) Close() error {
	err := r.DB.Close()
	if r.unlock != nil {
		err = errors.Join(err, r.unlock())
	}
	r.unlock = nil
	return err
}

// Discard removes a run that has changed nothing. Its file goes first, so that
// a process that is killed here leaves no run without one.
func (r *Run) Discard() error {
	path := filepath.Join(r.dir, dbFile)
	return errors.Join(r.Close(), os.Remove(path), os.RemoveAll(r.dir))
}

// inRun puts the run's ID in front of an error.
func inRun(id string, err error) error {
	kind, hint := fault.Config, ""
	if e, ok := errors.AsType[*fault.Error](err); ok {
		kind, hint = e.Kind, e.Hint
	}
	return &fault.Error{Kind: kind, Message: "run " + id, Hint: hint, Err: err}
}
