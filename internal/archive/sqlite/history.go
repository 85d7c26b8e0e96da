package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// sequence is what list passes to its callback, with errors that name the
// archive.
func sequence[T any](s *Store, list func(yield func(T) error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := list(func(item T) error {
			if !yield(item, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			var none T
			yield(none, s.wrap(err))
		}
	}
}

// Revisions implements archive.Store.
func (s *Store) Revisions(ctx context.Context, key archive.Key) iter.Seq2[archive.Revision, error] {
	return sequence(s, func(yield func(archive.Revision) error) error {
		row, err := rowOf(ctx, s.read, key)
		if err != nil {
			return err
		}
		return each(ctx, s.read, "SELECT content, runs.name FROM revisions JOIN runs ON runs.id = run WHERE row = ? ORDER BY number", []any{row}, func(rows *sql.Rows) error {
			var packed []byte
			var r archive.Revision
			if err := rows.Scan(&packed, &r.Run); err != nil {
				return err
			}
			unpacked, err := s.raw.Unpack(packed)
			if err != nil {
				return err
			}
			dec := json.NewDecoder(bytes.NewReader(unpacked))
			dec.UseNumber()
			if err := dec.Decode(&r.Message); err != nil {
				return err
			}
			return yield(r)
		})
	})
}

// Attachments implements archive.Store.
func (s *Store) Attachments(ctx context.Context, states ...archive.AttachmentState) iter.Seq2[archive.Attachment, error] {
	return sequence(s, func(yield func(archive.Attachment) error) error {
		for _, state := range states {
			err := each(ctx, s.read, `SELECT m.key, url, secret, deadline, state, sha256, size, reason
				FROM attachments JOIN messages AS m ON m.row = attachments.row WHERE state = ? ORDER BY deadline`, []any{string(state)}, func(rows *sql.Rows) error {
				var a archive.Attachment
				var key []byte
				var deadline int64
				if err := rows.Scan(&key, &a.URL, &a.Secret, &deadline, &a.State, &a.SHA256, &a.Size, &a.Reason); err != nil {
					return err
				}
				a.Message, a.Deadline = archive.Key(key), roaming.Millis(deadline)
				return yield(a)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// SetAttachment implements archive.Store.
func (s *Store) SetAttachment(ctx context.Context, a archive.Attachment) error {
	return s.writing(ctx, func(w *writer) error {
		return w.transaction(ctx, func(ctx context.Context) error {
			row, err := rowOf(ctx, w, a.Message)
			if err != nil {
				return err
			}
			result, err := w.exec(ctx, "UPDATE attachments SET state = ?, sha256 = ?, size = ?, reason = ? WHERE row = ? AND url = ?",
				string(a.State), a.SHA256, a.Size, a.Reason, row, a.URL)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				return archive.NotFound(a.Message)
			}
			return nil
		})
	})
}
