package query

import (
	"cmp"
	"slices"

	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Mark is a part of a text that a query hits, in bytes.
type Mark struct{ From, To int }

// Marks are the parts of a text, as it came, that the query's terms hit, in
// order and without overlaps. The text is valid UTF-8.
func (q Query) Marks(text string) []Mark {
	o := tokens.WithOffsets(text)
	var all []Mark
	for _, term := range q.Terms() {
		for at := 0; ; {
			i := term.indexFrom(o.Normalized, at)
			if i < 0 {
				break
			}
			from, to := o.Original(i, i+len(term.Term))
			all = append(all, Mark{from, to})
			at = i + len(term.Term)
		}
	}
	slices.SortFunc(all, func(a, b Mark) int { return cmp.Or(a.From-b.From, b.To-a.To) })
	var merged []Mark
	for _, m := range all {
		if last := len(merged) - 1; last >= 0 && m.From < merged[last].To {
			merged[last].To = max(merged[last].To, m.To)
			continue
		}
		merged = append(merged, m)
	}
	return merged
}
