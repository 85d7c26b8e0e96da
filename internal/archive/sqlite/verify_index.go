package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

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
	// Both are read as they are at one moment.
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		_, end := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, end)
	}()
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
			if rec.Body, err = content.Parse(rec.body, rec.Text); err != nil {
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

// bucket is the bucket of a row.
func bucket(row int64) int {
	return int((uint64(row) * 0x9e3779b97f4a7c15) >> 48) //nolint:gosec // 16 bits
}

// occurrence is a number for a word at a place of a message.
func occurrence(row, offset int64, term string) uint64 {
	h := fnv.New64a()
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], uint64(row))    //nolint:gosec // bits
	binary.LittleEndian.PutUint64(b[8:], uint64(offset)) //nolint:gosec // bits
	_, _ = h.Write(b[:])
	_, _ = h.Write([]byte(term))
	return h.Sum64()
}

// sumOfWords is the sum of a message's words.
func sumOfWords(rec *record) (sum uint64) {
	offset := int64(0)
	for word := range strings.FieldsSeq(content.Words(&rec.Message)) {
		sum += occurrence(rec.Position, offset, word)
		offset++
	}
	return sum
}
