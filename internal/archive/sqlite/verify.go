package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"iter"

	lib "modernc.org/sqlite/lib"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// Verify implements archive.Store: the file's structure, each message against
// its digest, each one's raw bytes against theirs, and the index against the
// messages.
func (s *Store) Verify(ctx context.Context) iter.Seq2[archive.Damage, error] {
	return sequence(s, func(yield func(archive.Damage) error) error {
		for _, check := range []func(context.Context, func(archive.Damage) error) error{
			s.verifyFile, s.verifyMessages, s.verifyRaws, s.verifyKeys, s.verifyCounts, s.verifyIndex,
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
		if !bytes.Equal(sum, content.Sum(&rec.Message, rec.body, rec.ext)) {
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
			if _, err := s.raw.Unpack(packed); err != nil {
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

// verifyCounts compares the counts with the messages.
func (s *Store) verifyCounts(ctx context.Context, yield func(archive.Damage) error) error {
	const wrong = `SELECT 1 FROM (SELECT sources, count(*) AS n FROM messages GROUP BY sources) AS m
		FULL JOIN counts AS c ON c.sources = m.sources WHERE coalesce(m.n, 0) <> coalesce(c.messages, 0)`
	damaged, err := exists(ctx, s.read, wrong)
	if err != nil || !damaged {
		return err
	}
	return yield(archive.Damage{What: "the number of messages by source is wrong"})
}
