package clickhouse

import (
	"context"
	"fmt"
	"iter"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Revisions implements archive.Store.
func (s *Store) Revisions(ctx context.Context, key archive.Key) iter.Seq2[archive.Revision, error] {
	return func(yield func(archive.Revision, error) bool) {
		r, _, err := s.row(ctx, key, allColumns)
		if err != nil {
			yield(archive.Revision{}, err)
			return
		}
		for n := range r.Revisions {
			v, err := r.revision(s.raw, n)
			if !yield(v, s.wrap(err)) || err != nil {
				return
			}
		}
	}
}

// fileRow is one attachment of a message.
type fileRow struct {
	Key, URL, Secret, State, SHA256, Reason string
	Deadline, Size                          int64
}

func (r fileRow) attachment() archive.Attachment {
	return archive.Attachment{
		Message: keyOf(r.Key), URL: uncolumn(r.URL), Secret: uncolumn(r.Secret), Deadline: roaming.Millis(r.Deadline),
		State: archive.AttachmentState(r.State), SHA256: r.SHA256, Size: r.Size, Reason: uncolumn(r.Reason),
	}
}

// Attachments implements archive.Store.
func (s *Store) Attachments(ctx context.Context, states ...archive.AttachmentState) iter.Seq2[archive.Attachment, error] {
	const sql = `SELECT key, url, secret, deadline, state, sha256, size, reason
		FROM messages FINAL ARRAY JOIN file_urls AS url, file_secrets AS secret, file_deadlines AS deadline, file_states AS state,
			file_sums AS sha256, file_sizes AS size, file_reasons AS reason
		WHERE state = %s AND added <= %d ORDER BY deadline, position`
	return func(yield func(archive.Attachment, error) bool) {
		st, err := s.state(ctx)
		if err != nil {
			yield(archive.Attachment{}, s.wrap(err))
			return
		}
		for _, state := range states {
			for r, err := range list[fileRow](ctx, s.c, fmt.Sprintf(sql, quote(string(state)), st.Batch)) {
				if err != nil {
					yield(archive.Attachment{}, s.wrap(err))
					return
				}
				if !yield(r.attachment(), nil) {
					return
				}
			}
		}
	}
}

// SetAttachment implements archive.Store.
func (s *Store) SetAttachment(ctx context.Context, a archive.Attachment) error {
	return s.writing(ctx, func() error {
		r, st, err := s.row(ctx, a.Message, allColumns)
		if err != nil {
			return err
		}
		for n := range r.FileURLs {
			if r.FileURLs[n] != column(a.URL) {
				continue
			}
			r.FileStates[n], r.FileSums[n], r.FileSizes[n], r.FileReasons[n] = string(a.State), a.SHA256, a.Size, column(a.Reason)
			c := newChanges(&st)
			r.Version = c.Number
			if err := c.add("messages", r); err != nil {
				return err
			}
			return s.commit(ctx, c)
		}
		return archive.NotFound(a.Message)
	})
}
