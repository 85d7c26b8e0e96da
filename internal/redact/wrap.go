package redact

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Service is a service whose histories are redacted.
func (r *Redactor) Service(svc roaming.Service) roaming.Service { return service{svc, r} }

type service struct {
	roaming.Service

	redactor *Redactor
}

// History implements roaming.Service.
func (s service) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	q.KeepRaw = false
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		for page, err := range s.Service.History(ctx, ref, q) {
			for i := range page.Items {
				page.Items[i] = s.redactor.Message(ref.User, page.Items[i])
			}
			for i := range page.Bad {
				page.Bad[i] = s.redactor.Unreadable(page.Bad[i])
			}
			if err == nil {
				err = s.redactor.Err()
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// Store is an archive whose messages are redacted.
func (r *Redactor) Store(store archive.Store) archive.Store { return redacted{store, r} }

type redacted struct {
	archive.Store

	redactor *Redactor
}

// Search implements archive.Store.
func (s redacted) Search(ctx context.Context, q archive.Search) iter.Seq2[archive.Stored, error] {
	return func(yield func(archive.Stored, error) bool) {
		for m, err := range s.Store.Search(ctx, q) {
			if err == nil {
				m, err = s.redactor.Stored(m), s.redactor.Err()
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// List implements archive.Store.
func (s redacted) List(ctx context.Context, user string) iter.Seq2[archive.Listed, error] {
	return func(yield func(archive.Listed, error) bool) {
		for l, err := range s.Store.List(ctx, user) {
			if err == nil && l.Last != nil {
				last := s.redactor.Stored(*l.Last)
				l.Last, err = &last, s.redactor.Err()
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

// Around implements archive.Store.
func (s redacted) Around(ctx context.Context, key archive.Key, before, after int) (earlier, later []archive.Stored, err error) {
	if earlier, later, err = s.Store.Around(ctx, key, before, after); err != nil {
		return nil, nil, err
	}
	for _, all := range [][]archive.Stored{earlier, later} {
		for i := range all {
			all[i] = s.redactor.Stored(all[i])
		}
	}
	return earlier, later, s.redactor.Err()
}
