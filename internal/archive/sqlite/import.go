package sqlite

import (
	"context"
	"database/sql"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// Import implements archive.Store.
func (s *Store) Import(ctx context.Context, b archive.Batch) (result archive.Result, err error) {
	all, err := prepareAll(ctx, b.Messages)
	if err != nil {
		return result, err
	}
	err = s.writing(ctx, func(w *writer) error {
		return w.transaction(ctx, func(ctx context.Context) error {
			i := importer{writer: w, raw: s.raw, messages: all, counts: counts{}}
			if err := i.batch(ctx, &b); err != nil {
				return err
			}
			result = i.result
			return nil
		})
	})
	if err != nil {
		return archive.Result{}, err
	}
	return result, nil
}

// importer brings one batch into the tables, in a transaction.
type importer struct {
	*writer
	raw        content.Codec
	meta       meta
	run        int64
	tombstones tombstones
	counts     counts
	messages   []*prepared
	result     archive.Result
}

func (i *importer) batch(ctx context.Context, b *archive.Batch) (err error) {
	if i.meta, err = readMeta(ctx, i.writer); err != nil {
		return err
	}
	if i.tombstones, err = readTombstones(ctx, i.writer, i.meta.secret); err != nil {
		return err
	}
	if i.run, err = i.writer.run(ctx, b.Run); err != nil {
		return err
	}
	i.meta.batch++
	for part := range archive.Distinct(i.messages, (*prepared).key) {
		if err := i.importDistinct(ctx, part); err != nil {
			return err
		}
	}
	for _, v := range b.Views {
		if err := i.view(ctx, v); err != nil {
			return err
		}
	}
	for _, f := range b.Fetches {
		if err := i.fetch(ctx, f); err != nil {
			return err
		}
	}
	if err := i.addCounts(ctx, i.counts); err != nil {
		return err
	}
	if err := i.setMeta(ctx, metaSpill, i.meta.spill); err != nil {
		return err
	}
	return i.setMeta(ctx, metaBatch, i.meta.batch)
}

// importDistinct brings messages with different keys of one form.
func (i *importer) importDistinct(ctx context.Context, messages []*prepared) error {
	rows, err := rowsOf(ctx, i.writer, messages, (*prepared).key)
	if err != nil {
		return err
	}
	var news, known []*prepared
	for _, p := range messages {
		if row, ok := rows[p.msg.Key]; ok {
			p.row = row
			known = append(known, p)
			continue
		}
		erased, err := i.tombstones.has(ctx, p)
		switch {
		case err != nil:
			return err
		case erased:
			i.result.Erased++
		default:
			news = append(news, p)
		}
	}
	news, reconciled, err := i.reconcile(ctx, news)
	if err != nil {
		return err
	}
	if err := i.insert(ctx, news); err != nil {
		return err
	}
	i.result.Added += len(news)
	i.result.Known += len(known) + len(reconciled)
	i.result.Reconciled += len(reconciled)
	return i.merge(ctx, append(known, reconciled...))
}

// rowsOf are the rows of the keys that the archive has.
func rowsOf[T any](ctx context.Context, q querier, all []T, key func(T) archive.Key) (map[archive.Key]int64, error) {
	found := make(map[archive.Key]int64, len(all))
	for chunk := range chunks(all) {
		args := make([]any, len(chunk))
		for i, item := range chunk {
			args[i] = []byte(key(item))
		}
		err := each(ctx, q, "SELECT key, row FROM keys WHERE key IN ("+repeat("?", len(args))+")", args, func(rows *sql.Rows) error {
			var key sql.RawBytes
			var row int64
			err := rows.Scan(&key, &row)
			found[archive.Key(key)] = row
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
