package app

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/roaming"
)

// detailed is an archive whose messages have the details that only their raw bytes
// hold. Stores know no protobuf.
type detailed struct{ archive.Store }

// Search implements archive.Store.
func (s detailed) Search(ctx context.Context, q archive.Search) iter.Seq2[archive.Stored, error] {
	if !q.Raw {
		return s.Store.Search(ctx, q)
	}
	return func(yield func(archive.Stored, error) bool) {
		for m, err := range s.Store.Search(ctx, q) {
			m.Details = detailsOf(&m.Message)
			if !yield(m, err) {
				return
			}
		}
	}
}

// Get implements archive.Store.
func (s detailed) Get(ctx context.Context, key archive.Key) (archive.Stored, error) {
	m, err := s.Store.Get(ctx, key)
	m.Details = detailsOf(&m.Message)
	return m, err
}

// Around implements archive.Store. It reads the raw bytes of the few messages.
func (s detailed) Around(ctx context.Context, key archive.Key, before, after int) (earlier, later []archive.Stored, err error) {
	if earlier, later, err = s.Store.Around(ctx, key, before, after); err != nil {
		return nil, nil, err
	}
	for _, all := range [][]archive.Stored{earlier, later} {
		for n := range all {
			m, err := s.Get(ctx, all[n].Key)
			if err != nil {
				return nil, nil, err
			}
			all[n].Details = m.Details
		}
	}
	return earlier, later, nil
}

// detailsOf reads raw bytes: the protobuf of a history, or the JSON of an export.
// History files have no details.
func detailsOf(m *archive.Message) roaming.Details {
	switch {
	case len(m.Raw) == 0 || m.Source == archive.Hourly:
		return roaming.Details{}
	case m.Raw[0] == '{':
		var in struct{ roaming.Details }
		if json.Unmarshal(m.Raw, &in) != nil {
			return roaming.Details{}
		}
		return in.Details
	}
	return easemob.Details(m.Raw)
}
