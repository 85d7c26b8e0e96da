package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	lib "modernc.org/sqlite/lib"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Verify implements archive.Store: the file's structure, each message against
// its digest, each one's raw bytes against theirs, and the index against the
// messages.
func (s *Store) Verify(ctx context.Context) iter.Seq2[archive.Damage, error] {
	return sequence(s, func(yield func(archive.Damage) error) error {
		for _, check := range []func(context.Context, func(archive.Damage) error) error{
			s.verifyFile, s.verifyMessages, s.verifyRaws, s.verifyKeys, s.verifyIndex,
		} {
			if err := check(ctx, yield); err != nil {
				if c := code(err); c != lib.SQLITE_CORRUPT && c != lib.SQLITE_NOTADB {
					return err
				}
				// A damaged page ends this check, not the others.
				if err := yield(archive.Damage{What: err.Error()}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Store) verifyFile(ctx context.Context, yield func(archive.Damage) error) error {
	return each(ctx, s.read, "PRAGMA integrity_check", nil, func(rows *sql.Rows) error {
		var what string
		if err := rows.Scan(&what); err != nil || what == "ok" {
			return err
		}
		return yield(archive.Damage{What: what})
	})
}

func (s *Store) verifyMessages(ctx context.Context, yield func(archive.Damage) error) error {
	r := s.reader()
	var rec record
	var sum []byte
	return each(ctx, s.read, "SELECT "+storedColumns+", m.sum FROM messages AS m", nil, func(rows *sql.Rows) error {
		if err := r.scan(rows, &rec, &sum); err != nil {
			return err
		}
		if err := r.fill(ctx, &rec); err != nil {
			return yield(archive.Damage{Message: rec.Key, What: fmt.Sprintf("its body can't be read: %v", err)})
		}
		if !bytes.Equal(sum, sumOf(&rec.Message, rec.body, rec.ext)) {
			return yield(archive.Damage{Message: rec.Key, What: "it has changed since it was written"})
		}
		return nil
	})
}

func (s *Store) verifyRaws(ctx context.Context, yield func(archive.Damage) error) error {
	for _, table := range []string{"raws", "revisions"} {
		column := map[string]string{"raws": "raw", "revisions": "content"}[table]
		err := each(ctx, s.read, "SELECT m.key, t."+column+" FROM "+table+" AS t LEFT JOIN messages AS m ON m.row = t.row", nil, func(rows *sql.Rows) error {
			var key []byte
			var packed sql.RawBytes
			if err := rows.Scan(&key, &packed); err != nil {
				return err
			}
			if _, err := s.raw.unpack(packed); err != nil {
				return yield(archive.Damage{Message: archive.Key(key), What: fmt.Sprintf("bytes in %s can't be read: %v", table, err)})
			}
			if key == nil {
				return yield(archive.Damage{What: "bytes in " + table + " belong to no message"})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyKeys looks for messages that their key does not find, and for the reverse.
func (s *Store) verifyKeys(ctx context.Context, yield func(archive.Damage) error) error {
	for query, what := range map[string]string{
		"SELECT m.key FROM messages AS m LEFT JOIN keys ON keys.key = m.key WHERE keys.row IS NOT m.row":                              "its key does not find it",
		"SELECT keys.key FROM keys LEFT JOIN messages AS m ON m.row = keys.row WHERE m.row IS NULL":                                   "only its key is there",
		"SELECT m.key FROM attachments AS a JOIN messages AS m ON m.row = a.row WHERE a.state = 'fetched' AND length(a.sha256) <> 64": "a fetched attachment has no digest",
	} {
		err := each(ctx, s.read, query, nil, func(rows *sql.Rows) error {
			var key []byte
			if err := rows.Scan(&key); err != nil {
				return err
			}
			return yield(archive.Damage{Message: archive.Key(key), What: what})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// buckets is how many sums the index and the messages are compared by.
const buckets = 1 << 16

// verifyIndex compares the words of the index with those of the messages: by a
// sum over each bucket of rows.
func (s *Store) verifyIndex(ctx context.Context, yield func(archive.Damage) error) (err error) {
	m, err := readMeta(ctx, s.read)
	if err != nil {
		return err
	}
	if m.tokens != tokens.Version() {
		return yield(archive.Damage{What: "the index was built by another version; roamctl archive reindex builds it anew"})
	}
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// The table that shows the index's words is a temporary one, which a
	// connection that only reads may not make.
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only = 0"); err != nil {
		return err
	}
	defer func() {
		_, drop := conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS temp.vocabulary; PRAGMA query_only = 1")
		err = errors.Join(err, drop)
	}()
	if _, err := conn.ExecContext(ctx, "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, instance)"); err != nil {
		return err
	}
	sums := make([]uint64, buckets)
	err = each(ctx, conn, "SELECT term, doc, offset FROM temp.vocabulary", nil, func(rows *sql.Rows) error {
		var term sql.RawBytes
		var row, offset int64
		err := rows.Scan(&term, &row, &offset)
		sums[bucket(row)] += occurrence(row, offset, string(term))
		return err
	})
	if err != nil {
		return err
	}
	return s.compareIndex(ctx, conn, sums, yield)
}

// compareIndex takes the messages' words from the sums and names those of the
// messages in the buckets that do not come out even.
func (s *Store) compareIndex(ctx context.Context, q querier, sums []uint64, yield func(archive.Damage) error) error {
	r := reader{q: q}
	everyMessage := func(fn func(*record) error) error {
		var rec record
		return each(ctx, q, "SELECT "+storedColumns+" FROM messages AS m", nil, func(rows *sql.Rows) (err error) {
			if err := r.scan(rows, &rec); err != nil {
				return err
			}
			if rec.Body, err = parse(rec.body, rec.Text); err != nil {
				rec.Body = nil // verifyMessages names it
			}
			return fn(&rec)
		})
	}
	err := everyMessage(func(rec *record) error {
		sums[bucket(rec.Position)] -= sumOfWords(rec)
		return nil
	})
	if err != nil {
		return err
	}
	uneven := 0
	for _, sum := range sums {
		if sum != 0 {
			uneven++
		}
	}
	if uneven == 0 {
		return nil
	}
	return everyMessage(func(rec *record) error {
		if sums[bucket(rec.Position)] == 0 {
			return nil
		}
		return yield(archive.Damage{Message: rec.Key, What: "the index may not find it (roamctl archive reindex builds it anew)"})
	})
}
