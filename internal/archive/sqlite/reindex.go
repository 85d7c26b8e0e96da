package sqlite

import (
	"context"
	"database/sql"

	"github.com/roamctl/roamctl/internal/archive/content"

	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// reindexBatch is how many messages one transaction of Reindex indexes.
const reindexBatch = 20_000

// Reindex implements archive.Store. Searches scan meanwhile. Interrupted, it
// begins anew.
func (s *Store) Reindex(ctx context.Context) error {
	return s.writing(ctx, func(w *writer) error {
		err := w.transaction(ctx, func(ctx context.Context) error {
			if err := w.setMeta(ctx, metaTokens, ""); err != nil {
				return err
			}
			return w.execOnce(ctx, "INSERT INTO words(words) VALUES('delete-all')")
		})
		for after, more := int64(-1), true; more && err == nil; {
			err = w.transaction(ctx, func(ctx context.Context) (err error) {
				after, more, err = s.indexFrom(ctx, w, after)
				return err
			})
		}
		if err != nil {
			return err
		}
		return w.transaction(ctx, func(ctx context.Context) error { return w.setMeta(ctx, metaTokens, tokens.Version()) })
	})
}

// indexFrom indexes the messages after a row, up to a batch of them.
func (s *Store) indexFrom(ctx context.Context, w *writer, after int64) (last int64, more bool, err error) {
	r := reader{q: w, names: &w.known, raw: s.raw}
	var all []*prepared
	var rec record
	err = each(ctx, w, "SELECT "+storedColumns+" FROM messages AS m WHERE m.row > ? ORDER BY m.row LIMIT ?", []any{after, reindexBatch}, func(rows *sql.Rows) (err error) {
		if err := r.scan(rows, &rec); err != nil {
			return err
		}
		if rec.Body, err = content.Parse(rec.body, rec.Text); err != nil {
			return err
		}
		last = rec.Position
		all = append(all, &prepared{row: rec.Position, words: content.Words(&rec.Message)})
		return nil
	})
	if err != nil {
		return last, false, err
	}
	return last, len(all) == reindexBatch, w.index(ctx, all)
}
