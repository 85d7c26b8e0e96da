package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Stats implements archive.Store.
func (s *Store) Stats(ctx context.Context) (archive.Stats, error) {
	st := archive.Stats{
		BySource: map[archive.Source]int64{}, OnlyIn: map[archive.Source]int64{},
		Attachments: map[archive.AttachmentState]int64{},
	}
	m, err := readMeta(ctx, s.read)
	if err != nil {
		return st, s.wrap(err)
	}
	st.NeedsReindex, st.ErasePending = m.tokens != tokens.Version(), m.erasing
	var first, last int64
	for into, query := range map[*int64]string{
		&st.Conversations: "SELECT count(*) FROM conversations AS c WHERE EXISTS(SELECT 1 FROM messages WHERE conversation = c.id)",
		&st.Revisions:     "SELECT count(*) FROM revisions",
		&st.Tombstones:    "SELECT count(*) FROM tombstones",
		&first:            "SELECT coalesce((SELECT time FROM messages WHERE row > 1048575 AND time > 0 ORDER BY row LIMIT 1), 0)",
		&last:             "SELECT coalesce((SELECT time FROM messages WHERE time > 0 ORDER BY row DESC LIMIT 1), 0)",
	} {
		if _, err := scan(ctx, s.read, []any{into}, query); err != nil {
			return st, s.wrap(err)
		}
	}
	st.First, st.Last = roaming.Millis(first), roaming.Millis(last)
	if err := s.groupCounts(ctx, &st); err != nil {
		return st, s.wrap(err)
	}
	st.Bytes, err = s.size()
	return st, s.wrap(err)
}

// groupCounts adds what is counted by source and by state.
func (s *Store) groupCounts(ctx context.Context, st *archive.Stats) error {
	err := each(ctx, s.read, "SELECT sources, messages FROM counts", nil, func(rows *sql.Rows) error {
		var sources archive.Source
		var n int64
		err := rows.Scan(&sources, &n)
		st.Messages += n
		for _, one := range archive.Sources() {
			if sources&one != 0 {
				st.BySource[one] += n
			}
			if sources == one {
				st.OnlyIn[one] += n
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, s.read, "SELECT state, count(*) FROM attachments GROUP BY state", nil, func(rows *sql.Rows) error {
		var state archive.AttachmentState
		var n int64
		err := rows.Scan(&state, &n)
		st.Attachments[state] = n
		return err
	})
}

// size is how much the archive's files take.
func (s *Store) size() (bytes int64, err error) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(s.path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		bytes += info.Size()
	}
	return bytes, nil
}
