package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Search implements archive.Store.
func (s *Store) Search(ctx context.Context, search archive.Search) iter.Seq2[archive.Stored, error] {
	return func(yield func(archive.Stored, error) bool) {
		r, kept := s.reader(), statements{pool: s.read, prepared: map[string]*sql.Stmt{}}
		defer kept.close()
		r.q = &kept
		s.searchIn(ctx, r, search)(yield)
	}
}

// searchIn searches by way of one connection or the pool.
func (s *Store) searchIn(ctx context.Context, r reader, search archive.Search) iter.Seq2[archive.Stored, error] {
	return func(yield func(archive.Stored, error) bool) {
		m, err := readMeta(ctx, r.q)
		if err != nil {
			yield(archive.Stored{}, s.wrap(err))
			return
		}
		p, err := newPlan(ctx, r.q, search, m.tokens == tokens.Version())
		if err != nil {
			yield(archive.Stored{}, s.wrap(err))
			return
		}
		statement, args := p.sql(search, m)
		var rec record
		found, last := 0, int64(-1)
		err = each(ctx, r.q, statement, args, func(rows *sql.Rows) error {
			if err := r.scan(rows, &rec); err != nil || rec.Position == last { // in several parts of the indexes
				return err
			}
			last = rec.Position
			if err := r.fill(ctx, &rec); err != nil {
				return err
			}
			if !search.Takes(&rec.Message) {
				return nil
			}
			if err := r.finish(ctx, &rec, search.Raw); err != nil {
				return err
			}
			found++
			if !yield(rec.Stored, nil) || found == search.Limit {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(archive.Stored{}, s.wrap(err))
		}
	}
}

// rowOf is the row of a key.
func rowOf(ctx context.Context, q querier, key archive.Key) (row int64, err error) {
	found, err := scan(ctx, q, []any{&row}, "SELECT row FROM keys WHERE key = ?", []byte(key))
	if err == nil && !found {
		err = archive.NotFound(key)
	}
	return row, err
}

// Get implements archive.Store.
func (s *Store) Get(ctx context.Context, key archive.Key) (archive.Stored, error) {
	r := s.reader()
	row, err := rowOf(ctx, r.q, key)
	if err != nil {
		return archive.Stored{}, s.wrap(err)
	}
	all, err := r.list(ctx, true, "m.row = ?", row)
	if err != nil {
		return archive.Stored{}, s.wrap(err)
	}
	if len(all) == 0 {
		return archive.Stored{}, archive.NotFound(key)
	}
	return all[0], nil
}

// list reads a few messages.
func (r reader) list(ctx context.Context, raw bool, where string, args ...any) (all []archive.Stored, err error) {
	var recs []record
	err = each(ctx, r.q, "SELECT "+storedColumns+" FROM messages AS m WHERE "+where, args, func(rows *sql.Rows) error {
		var rec record
		err := r.scan(rows, &rec)
		recs = append(recs, rec)
		return err
	})
	for i := range recs {
		if err == nil {
			err = r.fill(ctx, &recs[i])
		}
		if err == nil {
			err = r.finish(ctx, &recs[i], raw)
		}
		all = append(all, recs[i].Stored)
	}
	return all, err
}

// Around implements archive.Store.
func (s *Store) Around(ctx context.Context, key archive.Key, before, after int) (earlier, later []archive.Stored, err error) {
	r := s.reader()
	row, err := rowOf(ctx, r.q, key)
	if err != nil {
		return nil, nil, s.wrap(err)
	}
	var conversation int64
	if _, err := scan(ctx, r.q, []any{&conversation}, "SELECT conversation FROM messages WHERE row = ?", row); err != nil {
		return nil, nil, s.wrap(err)
	}
	earlier, err = r.list(ctx, false, "m.conversation = ? AND m.row < ? ORDER BY m.row DESC LIMIT ?", conversation, row, before)
	if err == nil {
		later, err = r.list(ctx, false, "m.conversation = ? AND m.row > ? ORDER BY m.row LIMIT ?", conversation, row, after)
	}
	slices.Reverse(earlier)
	return earlier, later, s.wrap(err)
}
