package users

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// compare reads the histories side by side, newest first: always the one that is behind.
// It returns the first error; the views have all of them.
func (g *gatherer) compare(ctx context.Context, c *explain.Comparison, refs []roaming.Ref) (failed error) {
	readers := make([]*historyReader, len(refs))
	for i, ref := range refs {
		readers[i] = &historyReader{}
		readers[i].next, readers[i].stop = iter.Pull2(g.svc.History(ctx, ref, roaming.HistoryQuery{Since: g.options.from, Until: g.options.to, UserView: true}))
	}
	defer func() {
		for _, r := range readers {
			r.stop()
		}
	}()
	for {
		i := behind(readers)
		if i < 0 {
			return failed
		}
		page, err, ok := readers[i].next()
		if !ok || err != nil {
			readers[i].done = true
		}
		if err != nil {
			c.Views[i].Error, c.Views[i].Hint = err.Error(), fault.HintOf(err)
			if failed == nil {
				failed = err
			}
			if ctx.Err() != nil {
				return failed
			}
			continue
		}
		c.Views[i].Unreadable += len(page.Bad)
		for _, m := range page.Items {
			if m.Timestamp.After(g.now.Time) {
				continue
			}
			c.Add(i, m)
			if !m.Timestamp.IsZero() {
				readers[i].at = m.Timestamp
			}
		}
	}
}

// historyReader is how far a history was read.
type historyReader struct {
	next func() (roaming.Page[roaming.Message], error, bool)
	stop func()
	at   roaming.Time // of the last message that was read; zero at the start
	done bool
}

// behind returns the reader that has read the least of the past, -1 if all are done.
func behind(readers []*historyReader) int {
	least := -1
	for i, r := range readers {
		if !r.done && (least < 0 || !readers[least].at.IsZero() && (r.at.IsZero() || r.at.After(readers[least].at.Time))) {
			least = i
		}
	}
	return least
}
