package clickhouse

import (
	"context"
	"iter"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Search implements archive.Store.
func (s *Store) Search(ctx context.Context, search archive.Search) iter.Seq2[archive.Stored, error] {
	return func(yield func(archive.Stored, error) bool) {
		st, err := s.state(ctx)
		if err != nil {
			yield(archive.Stored{}, s.wrap(err))
			return
		}
		columns := storedColumns
		if search.Raw {
			columns = rawColumns
		}
		found := 0
		for r, err := range s.messages(ctx, &st, s.plan(&st, search), columns) {
			var m archive.Stored
			if err == nil {
				m, err = s.storedRow(r, search.Raw)
			}
			if err != nil {
				yield(archive.Stored{}, s.wrap(err))
				return
			}
			if !search.Takes(&m.Message) {
				continue
			}
			found++
			if !yield(m, nil) || found == search.Limit {
				return
			}
		}
	}
}

// plan is how the candidates of a search are found: at least all messages that
// it takes.
func (s *Store) plan(st *state, search archive.Search) walk {
	w := walk{oldest: search.Oldest, page: 128}
	if search.Limit > 0 {
		w.page = min(2*search.Limit, maxPage)
	}
	condition := s.schema.condition(st.meta[metaTokens] == tokens.Version())
	if sql, ok := condition.Of(search.Query.Expr); ok {
		w.where = sql
	}
	w.from, w.to = st.positions(search.Bounds())
	switch {
	case search.After != 0 && search.Oldest:
		w.from = max(w.from, search.After+1)
	case search.After != 0:
		w.to = min(w.to, search.After-1)
	}
	return w
}

// storedRow is the message of a row, with the bytes of the first source if raw.
func (s *Store) storedRow(r *messageRow, raw bool) (archive.Stored, error) {
	m, err := r.stored()
	if err == nil && raw && len(r.Raws) > 0 {
		err = r.unpackRaw(s.raw, r.firstRaw(), &m.Message)
	}
	return m, err
}

// row is the row of a key, with some columns.
func (s *Store) row(ctx context.Context, key archive.Key, columns string) (*messageRow, state, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, st, s.wrap(err)
	}
	positions, err := s.positionsOf(ctx, []archive.Key{key})
	if err != nil {
		return nil, st, s.wrap(err)
	}
	position, ok := positions[key]
	if !ok {
		return nil, st, archive.NotFound(key)
	}
	for r, err := range s.rows(ctx, []int64{position}, columns) {
		if err == nil && r.Added > st.Batch {
			break
		}
		return r, st, s.wrap(err)
	}
	return nil, st, archive.NotFound(key)
}

// Get implements archive.Store.
func (s *Store) Get(ctx context.Context, key archive.Key) (archive.Stored, error) {
	r, _, err := s.row(ctx, key, rawColumns)
	if err != nil {
		return archive.Stored{}, err
	}
	m, err := s.storedRow(r, true)
	return m, s.wrap(err)
}

// Around implements archive.Store.
func (s *Store) Around(ctx context.Context, key archive.Key, before, after int) (earlier, later []archive.Stored, err error) {
	r, st, err := s.row(ctx, key, storedColumns)
	if err != nil {
		return nil, nil, err
	}
	in := "(chat_type, a, b) = " + subject{ChatType: r.ChatType, A: r.A, B: r.B}.chat()
	earlier, err = s.take(ctx, &st, walk{where: in, to: r.Position - 1}, before)
	if err == nil {
		later, err = s.take(ctx, &st, walk{where: in, from: r.Position + 1, to: st.Last, oldest: true}, after)
	}
	slices.Reverse(earlier)
	return earlier, later, s.wrap(err)
}

// take is the first messages of a walk.
func (s *Store) take(ctx context.Context, st *state, w walk, count int) (all []archive.Stored, err error) {
	w.page = min(count, maxPage)
	if count <= 0 {
		return nil, nil
	}
	for r, err := range s.messages(ctx, st, w, storedColumns) {
		if err != nil {
			return nil, err
		}
		m, err := r.stored()
		if err != nil {
			return nil, err
		}
		if all = append(all, m); len(all) == count {
			break
		}
	}
	return all, nil
}
