package sqlite

import (
	"context"
	"database/sql"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
)

// maxAttempts bounds the positions that are tried for a message: those of about
// a thousand milliseconds, each with room for a million.
const maxAttempts = 50_000

// rowSpan are the row numbers that messages of a span of time can have.
func (m meta) rowSpan(span archive.Span) (from, to int64) { return span.Positions(m.spill) }

// assignRows gives new messages their rows.
func (w *writer) assignRows(ctx context.Context, m *meta, news []*prepared) error {
	last := int64(-1)
	if _, err := scan(ctx, w, []any{&last}, "SELECT coalesce(max(row), -1) FROM messages"); err != nil {
		return err
	}
	taken := map[int64]bool{}
	var among []any // rows that may be taken
	for _, p := range news {
		if p.row, _ = archive.PositionOf(p.ms, p.msg.Key, 0); p.row <= last {
			among = append(among, p.row)
		}
	}
	for chunk := range chunks(among) {
		err := each(ctx, w, "SELECT row FROM messages WHERE row IN ("+repeat("?", len(chunk))+")", chunk, func(rows *sql.Rows) error {
			var row int64
			err := rows.Scan(&row)
			taken[row] = true
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, p := range news {
		if taken[p.row] {
			if err := w.assignOtherRow(ctx, m, p, taken); err != nil {
				return err
			}
		}
		taken[p.row] = true
	}
	return nil
}

// assignOtherRow finds another row for a message whose own is taken.
func (w *writer) assignOtherRow(ctx context.Context, m *meta, p *prepared, taken map[int64]bool) error {
	var spill int64
	for attempt := 1; attempt < maxAttempts; attempt++ {
		p.row, spill = archive.PositionOf(p.ms, p.msg.Key, attempt)
		if taken[p.row] {
			continue
		}
		used, err := exists(ctx, w, "SELECT 1 FROM messages WHERE row = ?", p.row)
		if err != nil {
			return err
		}
		if !used {
			m.spill = max(m.spill, spill)
			return nil
		}
	}
	return fault.New(fault.Config, "the archive has no room for another message at %s", p.msg.Time).
		WithHint("a thousand million messages have this time")
}
