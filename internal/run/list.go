package run

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
)

// List iterates over all runs, the latest first. A run that can't be read comes
// with its ID and its error, ErrOldFormat among them, and the iteration continues.
// A run that was killed before it began, so that it did nothing, is left out.
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
			info, err := s.info(ctx, id)
			if errors.Is(err, errNotBegun) {
				continue
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

func (s *Store) info(ctx context.Context, id string) (Info, error) {
	r := &Run{id: id, dir: filepath.Join(s.dir, id), now: s.now}
	if err := r.open(ctx); err != nil {
		return Info{ID: id}, err
	}
	info, err := r.Info(ctx)
	return info, errors.Join(err, r.Close())
}

// complete returns the ID of the run that has it, or that it is the unique prefix
// of. None is a fault.NotFound, several are a fault.Usage.
func (s *Store) complete(id string) (string, error) {
	ids, err := s.ids()
	if err != nil {
		return "", err
	}
	if slices.Contains(ids, id) {
		return id, nil
	}
	var found []string
	for _, have := range ids {
		if id != "" && strings.HasPrefix(have, id) {
			found = append(found, have)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fault.New(fault.Usage, "%d runs begin with %q", len(found), id).
			WithHint("give more of the ID: %s", strings.Join(found[:min(len(found), 5)], ", "))
	}
	missing := fault.New(fault.NotFound, "there is no run %q", id)
	if len(ids) == 0 {
		return "", missing.WithHint("there are no runs in %s", s.dir)
	}
	near := slices.MaxFunc(ids, func(a, b string) int { return common(a, id) - common(b, id) })
	return "", missing.WithHint("the closest match is %s; roamctl runs list shows the runs", near)
}

// common is how many bytes a and b have in common at their beginnings and ends.
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
		return nil, fault.Wrap(fault.Config, err, "cannot list the runs")
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
