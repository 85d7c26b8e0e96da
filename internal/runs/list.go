package runs

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// State says how a run stands.
type State string

// The states. The first two are seen from outside, the others are told by a
// Finished event.
const (
	Running     State = "running"     // a live process carries it out
	Interrupted State = "interrupted" // not finished, and nobody carries it out
	Done        State = "done"
	PartlyDone  State = "partly_done"
	Failed      State = "failed"
	Refused     State = "refused"
)

// States are all states, in the order to show them.
func States() []State { return []State{Running, Interrupted, Done, PartlyDone, Failed, Refused} }

// Info is a run in a list.
type Info struct {
	ID string `json:"id"`
	Summary

	Started roaming.Time `json:"started"`
	Updated roaming.Time `json:"updated"` // when the last event was written
	State   State        `json:"state"`
}

// List sums up all runs, the latest first. One that can't be read comes with
// its ID and its error, and the list goes on; one that was killed before it
// began, so that it did nothing, is left out.
func (s *Store) List(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		ids, err := s.ids()
		if err != nil {
			yield(Info{}, err)
			return
		}
		for _, id := range slices.Backward(ids) {
			if err := context.Cause(ctx); err != nil {
				yield(Info{}, err)
				return
			}
			info, err := s.journal(id).Info()
			if notBegun(err) {
				continue
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

// notBegun tells of a run that has no first event: Start had not returned.
func notBegun(err error) bool {
	return errors.Is(err, errNotBegun) || errors.Is(err, fs.ErrNotExist)
}

// Find is the run with an ID, or with the unique beginning of one, to look at:
// a live process may carry it out. None is a fault.NotFound, several a
// fault.Usage.
func (s *Store) Find(_ context.Context, id string) (*Journal, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, have := range ids {
		if have == id {
			return s.journal(have), nil
		}
		if id != "" && strings.HasPrefix(have, id) {
			found = append(found, have)
		}
	}
	switch {
	case len(found) == 1:
		return s.journal(found[0]), nil
	case len(found) > 1:
		return nil, fault.New(fault.Usage, "%d runs begin with %q", len(found), id).
			WithHint("give more of the ID: %s", strings.Join(found[:min(len(found), 5)], ", "))
	}
	missing := fault.New(fault.NotFound, "there is no run %q", id)
	if len(ids) == 0 {
		return nil, missing.WithHint("there are no runs in %s", s.dir)
	}
	near := slices.MaxFunc(ids, func(a, b string) int { return common(a, id) - common(b, id) })
	return nil, missing.WithHint("the nearest is %s; roamctl runs list shows them all", near)
}

// common is how many bytes a and b begin and end alike with.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	end := 0
	for end < min(len(a), len(b))-n && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return n + end
}

// ids are the IDs of all runs, the oldest first.
func (s *Store) ids() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "the runs can't be listed")
	}
	valid := regexp.MustCompile(idPattern)
	var ids []string
	for _, e := range entries { // sorted by name
		if e.IsDir() && valid.MatchString(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

func (s *Store) journal(id string) *Journal {
	return &Journal{id: id, dir: filepath.Join(s.dir, id)}
}
