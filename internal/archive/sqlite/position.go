package sqlite

import (
	"context"
	"database/sql"
	"hash/fnv"
	"strconv"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
)

// A message's row number is its time in milliseconds and then slotBits of its
// key's hash. So the order of rows is the order of times, and an archive that
// is built anew, in whatever order, has the same rows. Where a number is taken,
// other hashes are tried. Where a millisecond is nearly full, such as that of
// messages without a time, the ones after it are used (metaSpill).
const (
	slotBits = 20
	slotMask = 1<<slotBits - 1
	maxMilli = 1<<(63-slotBits) - 1 // in the year 2248; later times come last
	tries    = 50                   // in one millisecond
	maxSpill = 1000                 // milliseconds
)

// candidate is the row number that is tried at an attempt.
func candidate(ms int64, key archive.Key, attempt int) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	if attempt > 0 {
		_, _ = h.Write(strconv.AppendInt(nil, int64(attempt), 10))
	}
	sum := h.Sum64()
	return clamp(clamp(ms)+int64(attempt/tries))<<slotBits | int64((sum^sum>>slotBits^sum>>(2*slotBits))&slotMask)
}

func clamp(ms int64) int64 { return min(max(ms, 0), maxMilli) }

// rowSpan are the row numbers that messages of a span of time can have.
func (m meta) rowSpan(span archive.Span) (from, to int64) {
	return clamp(span.From) << slotBits, clamp(clamp(span.To)+m.spill)<<slotBits | slotMask
}

// assignRows gives new messages their rows.
func (w *writer) assignRows(ctx context.Context, m *meta, news []*prepared) error {
	last := int64(-1)
	if _, err := scan(ctx, w, []any{&last}, "SELECT coalesce(max(row), -1) FROM messages"); err != nil {
		return err
	}
	taken := map[int64]bool{}
	var among []any // rows that may be taken
	for _, p := range news {
		if p.row = candidate(p.ms, p.msg.Key, 0); p.row <= last {
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
	for attempt := 1; attempt < tries*maxSpill; attempt++ {
		p.row = candidate(p.ms, p.msg.Key, attempt)
		if taken[p.row] {
			continue
		}
		used, err := exists(ctx, w, "SELECT 1 FROM messages WHERE row = ?", p.row)
		if err != nil {
			return err
		}
		if !used {
			m.spill = max(m.spill, int64(attempt/tries))
			return nil
		}
	}
	return fault.New(fault.Config, "the archive has no room for another message at %s", p.msg.Time).
		WithHint("more than %d messages have this time", int64(maxSpill)<<slotBits)
}
