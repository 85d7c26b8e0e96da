package archive

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// Count is how many hits of a search have something in common.
type Count struct {
	Of       string // the user, conversation, day or kind
	Messages int
}

// CountBy counts messages by "user" (who sent them), "conversation", "day" in a
// zone or "kind": the most first, days in their order.
func CountBy(messages iter.Seq2[Stored, error], by string, zone *time.Location) ([]Count, error) {
	of, ok := map[string]func(*Stored) string{
		"user":         func(m *Stored) string { return m.From },
		"conversation": func(m *Stored) string { return m.Conversation.Name() },
		"kind":         func(m *Stored) string { return string(m.Kind) },
		"day": func(m *Stored) string {
			if m.Time.IsZero() {
				return ""
			}
			return m.Time.In(zone).Format(time.DateOnly)
		},
	}[by]
	if !ok {
		return nil, fault.New(fault.Usage, "cannot count by %q: one of user, conversation, day, kind", by)
	}
	counts := map[string]int{}
	for m, err := range messages {
		if err != nil {
			return nil, err
		}
		counts[of(&m)]++
	}
	all := make([]Count, 0, len(counts))
	for name, n := range counts {
		all = append(all, Count{Of: name, Messages: n})
	}
	slices.SortFunc(all, func(a, b Count) int {
		if by == "day" {
			return cmp.Compare(a.Of, b.Of)
		}
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Of, b.Of))
	})
	return all, nil
}
