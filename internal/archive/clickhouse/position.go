package clickhouse

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
)

// maxAttempts bounds the positions that are tried for a message.
const maxAttempts = 50_000

// assignPositions gives new messages their positions.
func (i *importer) assignPositions(ctx context.Context, news []*prepared) error {
	var among []int64 // that may be taken
	for _, p := range news {
		if p.position, _ = archive.PositionOf(p.ms, p.msg.Key, 0); p.position <= i.state.Last {
			among = append(among, p.position)
		}
	}
	taken, err := i.taken(ctx, among)
	if err != nil {
		return err
	}
	for _, p := range news {
		if taken[p.position] || i.rows[p.position] != nil {
			if err := i.assignOther(ctx, p, taken); err != nil {
				return err
			}
		}
		taken[p.position] = true
	}
	return nil
}

// taken are those of some positions that messages have.
func (i *importer) taken(ctx context.Context, among []int64) (map[int64]bool, error) {
	taken := map[int64]bool{}
	for chunk := range slices.Chunk(among, chunkSize) {
		for r, err := range list[messageRow](ctx, i.s.c, "SELECT DISTINCT position FROM messages WHERE position IN ("+joinInts(chunk)+")") {
			if err != nil {
				return nil, err
			}
			taken[r.Position] = true
		}
	}
	return taken, nil
}

// assignOther finds another position for a message whose own is taken.
func (i *importer) assignOther(ctx context.Context, p *prepared, assigned map[int64]bool) error {
	const each = 64 // positions a request
	for first := 1; first < maxAttempts; first += each {
		var candidates []int64
		for n := range each {
			position, _ := archive.PositionOf(p.ms, p.msg.Key, first+n)
			candidates = append(candidates, position)
		}
		taken, err := i.taken(ctx, candidates)
		if err != nil {
			return err
		}
		for n := range each {
			position, spill := archive.PositionOf(p.ms, p.msg.Key, first+n)
			if !taken[position] && !assigned[position] && i.rows[position] == nil {
				p.position = position
				i.changes.Spill = max(i.changes.Spill, spill)
				return nil
			}
		}
	}
	return fault.New(fault.Config, "the archive has no room for another message at %s", p.msg.Time).
		WithHint("a thousand million messages have this time")
}
