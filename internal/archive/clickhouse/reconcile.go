package clickhouse

import (
	"context"
	"fmt"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
)

// reconcile finds, among new messages of one form of ID, those that the archive
// has under an ID of another form. They get that message's position, and the
// message another key. The rest stays new.
func (i *importer) reconcile(ctx context.Context, news []*prepared) (rest, reconciled []*prepared, err error) {
	if len(news) == 0 || news[0].msg.Key.Form() == archive.NoID {
		return news, nil, nil
	}
	form := news[0].msg.Key.Form()
	if other, err := i.hasForm(ctx, form.Other()); err != nil || !other {
		return news, nil, err
	}
	candidates, err := i.candidates(ctx, news)
	if err != nil {
		return nil, nil, err
	}
	same := map[archive.Digest]int{}
	for _, p := range news {
		same[p.signature]++
	}
	for _, p := range news {
		found := (*messageRow)(nil)
		if p.signature != (archive.Digest{}) && same[p.signature] == 1 {
			found = counterpart(candidates[p.signature], form)
		}
		if found == nil {
			rest = append(rest, p)
			continue
		}
		p.position = found.Position
		found.Aliases = append(found.Aliases, keyColumn(p.msg.Key))
		slices.Sort(found.Aliases)
		i.dirty[found.Position] = true
		if err := i.addKey(p.msg.Key, found.Position); err != nil {
			return nil, nil, err
		}
		reconciled = append(reconciled, p)
	}
	return rest, reconciled, nil
}

// hasForm reports whether the archive or the batch has keys of a form.
func (i *importer) hasForm(ctx context.Context, form archive.IDForm) (bool, error) {
	for _, r := range i.added {
		if archive.IDForm(r.Key[0]) == form {
			return true, nil
		}
	}
	sql := fmt.Sprintf("SELECT key, position FROM keys WHERE key >= '%c' AND key < '%c' LIMIT 1", form, form+1)
	found, err := collect[keyRow](ctx, i.s.c, sql)
	return len(found) > 0, err
}

// candidates are the messages with the times of new ones, by their signatures.
func (i *importer) candidates(ctx context.Context, news []*prepared) (map[archive.Digest][]*messageRow, error) {
	times := map[int64]bool{}
	for _, p := range news {
		times[p.ms] = true
	}
	var positions []int64
	for chunk := range slices.Chunk(sortedKeys(times), chunkSize) {
		from, to := i.state.positions(archive.Span{From: chunk[0], To: chunk[len(chunk)-1]})
		sql := fmt.Sprintf("SELECT DISTINCT position FROM messages WHERE position BETWEEN %d AND %d AND time IN (%s)", from, to, joinInts(chunk))
		for r, err := range list[messageRow](ctx, i.s.c, sql) {
			if err != nil {
				return nil, err
			}
			positions = append(positions, r.Position)
		}
	}
	if err := i.loadFull(ctx, slices.Clone(positions)); err != nil {
		return nil, err
	}
	for _, r := range i.added {
		if times[r.Time] {
			positions = append(positions, r.Position)
		}
	}
	all := map[archive.Digest][]*messageRow{}
	for _, position := range positions {
		m, err := i.rows[position].stored()
		if err != nil {
			return nil, err
		}
		if signature, ok := m.Signature(); ok {
			all[signature] = append(all[signature], i.rows[position])
		}
	}
	return all, nil
}

func sortedKeys(set map[int64]bool) []int64 {
	all := make([]int64, 0, len(set))
	for n := range set {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// counterpart is the one message that has the same signature and no ID of the
// same form, or nil. A message that has one of the same form and none of the
// other is a second candidate on this side.
func counterpart(candidates []*messageRow, form archive.IDForm) (found *messageRow) {
	for _, r := range candidates {
		if len(r.Aliases) > 0 {
			continue
		}
		if archive.IDForm(r.Key[0]) == form || found != nil {
			return nil
		}
		found = r
	}
	return found
}
