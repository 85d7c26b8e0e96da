package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
)

// Erase implements archive.Store.
func (s *Store) Erase(ctx context.Context, e archive.Erasure) (erased archive.Erased, err error) {
	err = s.writing(ctx, func(w *writer) error {
		rows, err := s.chosen(ctx, w, e)
		if err != nil {
			return err
		}
		erased.Messages = len(rows)
		if e.Preview {
			return nil
		}
		m, err := readMeta(ctx, w)
		if err != nil {
			return err
		}
		if len(rows) > 0 || e.User != "" {
			m.erasing = true
			err = w.transaction(ctx, func(ctx context.Context) (err error) {
				erased.Files, err = w.erase(ctx, m, rows, e.User)
				return err
			})
		}
		if err != nil || !m.erasing {
			return err
		}
		return s.purge(ctx, w)
	})
	return erased, err
}

// chosen are the rows of the messages that an erasure is about, each once.
func (s *Store) chosen(ctx context.Context, w *writer, e archive.Erasure) (rows []int64, err error) {
	seen := map[int64]bool{}
	add := func(row int64) {
		if !seen[row] {
			seen[row] = true
			rows = append(rows, row)
		}
	}
	for _, key := range e.Keys {
		row, err := rowOf(ctx, w, key)
		if fault.KindOf(err) == fault.NotFound {
			continue // erased by an earlier try, perhaps
		}
		if err != nil {
			return nil, err
		}
		add(row)
	}
	if e.Query != nil {
		search := archive.Search{Query: *e.Query, Span: archive.Everything(), Oldest: true}
		for m, err := range s.searchIn(ctx, reader{q: w, names: &w.known, raw: s.raw}, search) {
			if err != nil {
				return nil, err
			}
			add(m.Position)
		}
	}
	if e.User != "" {
		err = each(ctx, w, "SELECT row FROM messages AS m WHERE m.sender IN (SELECT id FROM names WHERE folded = ?)", []any{strings.ToLower(e.User)}, func(r *sql.Rows) error {
			var row int64
			err := r.Scan(&row)
			add(row)
			return err
		})
	}
	return rows, err
}

// erase takes messages out of all tables, and a user's sightings, and leaves
// tombstones.
func (w *writer) erase(ctx context.Context, m meta, rows []int64, user string) (files []string, err error) {
	w.viewed = viewed{}
	if err := w.setMeta(ctx, metaErasing, 1); err != nil {
		return nil, err
	}
	erased := tombstones{w: w, secret: m.secret}
	digests, fewer := map[string]bool{}, counts{}
	for _, row := range rows {
		sources, err := w.eraseRow(ctx, erased, row, digests)
		if err != nil {
			return nil, err
		}
		fewer[sources]--
	}
	if err := w.addCounts(ctx, fewer); err != nil {
		return nil, err
	}
	if user != "" {
		for _, table := range []string{"ranges", "exceptions", "fetches"} {
			if _, err := w.exec(ctx, "DELETE FROM "+table+" WHERE user IN (SELECT id FROM names WHERE folded = ?)", strings.ToLower(user)); err != nil {
				return nil, err
			}
		}
	}
	for digest := range digests {
		used, err := exists(ctx, w, "SELECT 1 FROM attachments WHERE sha256 = ?", digest)
		if err != nil {
			return nil, err
		}
		if !used {
			files = append(files, digest)
		}
	}
	return files, nil
}

// eraseRow takes one message out, and adds the digests of its files. It returns
// the sources that the message had.
func (w *writer) eraseRow(ctx context.Context, erased tombstones, row int64, digests map[string]bool) (archive.Source, error) {
	m, err := loadRow(ctx, w, &w.known, row)
	if err != nil {
		return 0, err
	}
	if err := erased.add(ctx, &m); err != nil {
		return 0, err
	}
	err = each(ctx, w, "SELECT sha256 FROM attachments WHERE row = ? AND sha256 <> ''", []any{row}, func(rows *sql.Rows) error {
		var digest string
		err := rows.Scan(&digest)
		digests[digest] = true
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, key := range m.Keys {
		if _, err := w.exec(ctx, "DELETE FROM keys WHERE key = ?", []byte(key)); err != nil {
			return 0, err
		}
	}
	for _, table := range []string{"messages", "aliases", "raws", "revisions", "attachments", "exceptions"} {
		if _, err := w.exec(ctx, "DELETE FROM "+table+" WHERE row = ?", row); err != nil {
			return 0, err
		}
	}
	_, err = w.exec(ctx, "DELETE FROM words WHERE rowid = ?", row)
	return m.Sources, err
}

// purge takes the bytes of what was erased out of the files. The index keeps
// words until it is one segment again. SQLite leaves copies of moved rows in the
// unused parts of pages, even where it overwrites what is deleted, so the file
// is written anew.
func (s *Store) purge(ctx context.Context, w *writer) error {
	for _, statement := range []string{
		"INSERT INTO words(words) VALUES('optimize')",
		"PRAGMA temp_store = FILE", "VACUUM", "PRAGMA temp_store = MEMORY", // a copy of the archive
	} {
		if err := w.execOnce(ctx, statement); err != nil {
			return s.pending(err, "rewriting the file failed")
		}
	}
	if err := s.truncateLog(ctx, w); err != nil {
		return err
	}
	if err := w.setMeta(ctx, metaErasing, 0); err != nil {
		return s.pending(err, "noting it failed")
	}
	return nil
}

// truncateLog moves the log into the file and empties it.
func (s *Store) truncateLog(ctx context.Context, w *writer) error {
	var busy, log, moved int
	if err := w.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil {
		return s.pending(err, "emptying the log failed")
	}
	if busy != 0 {
		return s.pending(nil, "another process is reading the archive")
	}
	return nil
}

// pending is the error for an erasure whose bytes may still be in the files.
func (s *Store) pending(err error, why string) error {
	return fault.Wrap(fault.Partial, err, "the messages are erased, but bytes of them may still be in the files of %s: %s", s.path, why).
		WithHint("run roamctl archive erase again, when no other process reads the archive and its disk has room for a copy of it")
}
