package sqlite

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/archive"
)

// Gaps implements archive.Store.
func (s *Store) Gaps(ctx context.Context, q archive.GapQuery) iter.Seq2[archive.Gap, error] {
	return sequence(s, func(yield func(archive.Gap) error) error {
		m := gapMerger{yield: yield}
		if q.User == "" {
			if err := s.appGaps(ctx, q, &m); err != nil {
				return err
			}
		}
		if err := s.userGaps(ctx, q, &m); err != nil {
			return err
		}
		return m.flush()
	})
}

// userGaps adds what is missing of users' conversations: what was fetched in
// vain and is within no complete fetch.
func (s *Store) userGaps(ctx context.Context, q archive.GapQuery, m *gapMerger) error {
	where, args := "user <> 0", []any(nil)
	if q.User != "" {
		where, args = ofUser, userArgs(q.User)
	}
	var fetches []archive.Fetch // of one subject
	flush := func() error {
		for _, g := range missing(fetches) {
			if err := m.add(g); err != nil {
				return err
			}
		}
		fetches = fetches[:0]
		return nil
	}
	err := s.eachFetch(ctx, q.Span, where, args, func(f archive.Fetch) error {
		if len(fetches) > 0 && fetches[0].Subject != f.Subject {
			if err := flush(); err != nil {
				return err
			}
		}
		fetches = append(fetches, f)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// missing are the parts of one subject's fetches that no complete one has.
// Fetches are in the order of their beginnings.
func missing(fetches []archive.Fetch) (gaps []archive.Gap) {
	for _, f := range fetches {
		if f.State == archive.Complete {
			continue
		}
		from := f.Span.From
		for _, done := range fetches {
			if done.State != archive.Complete || done.Span.To < from || done.Span.From > f.Span.To {
				continue
			}
			if done.Span.From > from {
				gaps = append(gaps, gapOf(f, from, done.Span.From-1))
			}
			from = done.Span.To + 1
		}
		if from <= f.Span.To {
			gaps = append(gaps, gapOf(f, from, f.Span.To))
		}
	}
	return gaps
}

func gapOf(f archive.Fetch, from, to int64) archive.Gap {
	return archive.Gap{Subject: f.Subject, Span: archive.Span{From: from, To: to}, State: f.State, At: f.At, Reason: f.Reason}
}

// appGaps adds the hours of the whole app that are missing.
func (s *Store) appGaps(ctx context.Context, q archive.GapQuery, m *gapMerger) error {
	next := int64(-1) // where the fetches so far end
	if q.Hours {
		next = q.Span.From
	}
	err := s.eachFetch(ctx, q.Span, "user = 0", nil, func(f archive.Fetch) error {
		if next >= 0 && f.Span.From > next {
			if err := m.add(archive.Gap{Span: archive.Span{From: next, To: f.Span.From - 1}, State: archive.Never}); err != nil {
				return err
			}
		}
		next = max(next, f.Span.To+1)
		if f.State == archive.Complete {
			return nil
		}
		return m.add(gapOf(f, f.Span.From, f.Span.To))
	})
	if err == nil && q.Hours && next <= q.Span.To {
		err = m.add(archive.Gap{Span: archive.Span{From: next, To: q.Span.To}, State: archive.Never})
	}
	return err
}

// gapMerger makes one gap of those that touch and have one state and reason.
type gapMerger struct {
	yield func(archive.Gap) error
	last  *archive.Gap
}

func (m *gapMerger) add(g archive.Gap) error {
	if l := m.last; l != nil && l.Subject == g.Subject && l.State == g.State && l.Reason == g.Reason && l.Span.To+1 == g.Span.From {
		l.Span.To = g.Span.To
		if g.At.After(l.At.Time) {
			l.At = g.At
		}
		return nil
	}
	if err := m.flush(); err != nil {
		return err
	}
	m.last = &g
	return nil
}

func (m *gapMerger) flush() error {
	if m.last == nil {
		return nil
	}
	g := *m.last
	m.last = nil
	return m.yield(g)
}
