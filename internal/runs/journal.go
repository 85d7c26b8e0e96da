package runs

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	journalFile = "journal.ndjson"
	lockFile    = "lock"
)

// Summary says in short what a run is about.
type Summary struct {
	Command      string           `json:"command"`        // such as "messages delete"
	User         string           `json:"user"`           // "" for many
	Many         bool             `json:"many,omitempty"` // it is about many users, who are in its ledger
	Conversation string           `json:"conversation,omitempty"`
	Type         roaming.ChatType `json:"type,omitempty"`
	Profile      string           `json:"profile"`
	AppKey       string           `json:"app_key"`
	Plan         string           `json:"plan,omitempty"` // the digest of the plan that it carries out
	Operator     string           `json:"operator"`
}

// beginning is the data of a Started event.
type beginning struct {
	Summary Summary         `json:"summary"`
	Intent  json.RawMessage `json:"intent"`
}

// Journal is a run as its journal tells it, whether or not it still goes on.
type Journal struct {
	id  string
	dir string
}

// ID is the run's name, such as 20261123T143012-7f3a9c.
func (j *Journal) ID() string { return j.id }

// Dir is the run's folder, mode 0700, where other files of the run can go.
func (j *Journal) Dir() string { return j.dir }

// Events are the events so far, the Started one first. A damaged line is a
// fault.Safety that names it; a last line that was cut off is left out.
func (j *Journal) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for e, err := range j.stored() {
			if !yield(e.Event, err) {
				return
			}
		}
	}
}

func (j *Journal) stored() iter.Seq2[stored, error] {
	return func(yield func(stored, error) bool) {
		f, err := fsutil.Open(filepath.Join(j.dir, journalFile))
		if err != nil {
			yield(stored{}, fault.Wrap(fault.Config, err, "run %s: its journal can't be read", j.id))
			return
		}
		defer f.Close()
		for e, err := range events(f) {
			if err != nil {
				yield(e, inRun(j.id, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Intent decodes what the run was started with.
func (j *Journal) Intent(into any) error {
	b, _, err := j.beginning()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b.Intent, into); err != nil {
		return fault.Wrap(fault.Safety, err, "run %s: its intent can't be read", j.id).
			WithHint("another version of roamctl may have written it")
	}
	return nil
}

func (j *Journal) beginning() (beginning, Event, error) {
	for e, err := range j.Events() {
		if err != nil {
			return beginning{}, e, err
		}
		return e.beginning(j.id)
	}
	return beginning{}, Event{}, inRun(j.id, errNotBegun)
}

func (e Event) beginning(id string) (beginning, Event, error) {
	var b beginning
	if e.Kind != Started {
		return b, e, fault.New(fault.Safety, "run %s: its journal begins with %q, not with %q", id, e.Kind, Started)
	}
	if err := e.Into(&b); err != nil {
		return b, e, inRun(id, err)
	}
	return b, e, nil
}

// errNotBegun is of a run that was killed before its first event was on disk,
// so that it did nothing.
var errNotBegun = errors.New("it was killed before it began")

// Many tells whether the run is about many users, who are in its ledger. One
// whose beginning can't be read is not.
func (j *Journal) Many() bool {
	for e, err := range j.Events() {
		if err != nil || e.Seq != 1 {
			return false
		}
		b, _, err := e.beginning(j.id)
		return err == nil && b.Summary.Many
	}
	return false
}

// Info reads the journal through and sums it up.
func (j *Journal) Info() (Info, error) {
	info := Info{ID: j.id}
	var last Event
	for e, err := range j.Events() {
		if err != nil {
			return info, err
		}
		if e.Seq == 1 {
			b, _, err := e.beginning(j.id)
			if err != nil {
				return info, err
			}
			info.Summary, info.Started = b.Summary, e.Time
		}
		last = e
	}
	if last.Seq == 0 {
		return info, inRun(j.id, errNotBegun)
	}
	info.Updated = last.Time
	var err error
	info.State, err = j.state(last)
	return info, err
}

func (j *Journal) state(last Event) (State, error) {
	if last.Kind == Finished {
		var f Finish
		if err := last.Into(&f); err != nil {
			return "", inRun(j.id, err)
		}
		if f.State != Interrupted {
			return f.State, nil
		}
	}
	locked, err := fsutil.Locked(filepath.Join(j.dir, lockFile))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", inRun(j.id, err)
	case locked:
		return Running, nil
	default:
		return Interrupted, nil
	}
}

// inRun puts the run's ID in front of an error; nil stays nil.
func inRun(id string, err error) error {
	if err == nil {
		return nil
	}
	kind, hint := fault.Config, ""
	if e, ok := errors.AsType[*fault.Error](err); ok {
		kind, hint = e.Kind, e.Hint
	}
	return &fault.Error{Kind: kind, Message: "run " + id, Hint: hint, Err: err}
}

// end is where the next event goes and its number.
func (j *Journal) end(r io.Reader) (offset int64, seq int, err error) {
	for e, err := range events(r) {
		if err != nil {
			return 0, 0, inRun(j.id, err)
		}
		offset, seq = e.end, e.Seq
	}
	return offset, seq, nil
}
