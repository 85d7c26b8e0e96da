package sqlite

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/archive"
)

// Gaps implements archive.Store.
func (s *Store) Gaps(ctx context.Context, q archive.GapQuery) iter.Seq2[archive.Gap, error] {
	if q.User != "" {
		return archive.Gaps(q, nil, s.fetches(ctx, q.Span, ofUser, userArgs(q.User)))
	}
	return archive.Gaps(q, s.fetches(ctx, q.Span, "user = 0", nil), s.fetches(ctx, q.Span, "user <> 0", nil))
}

// fetches is eachFetch as a sequence.
func (s *Store) fetches(ctx context.Context, span archive.Span, where string, args []any) iter.Seq2[archive.Fetch, error] {
	return sequence(s, func(yield func(archive.Fetch) error) error { return s.eachFetch(ctx, span, where, args, yield) })
}
