package audit

import (
	"context"
	"iter"
)

// Actions is Entries with one entry for each action: that of its end, or that
// of its start where no end follows. An end that is followed by another start,
// because the run was resumed, is an action of its own.
func (l *Log) Actions(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		type action struct{ run, command, user string }
		started, ended := map[action]int64{}, map[int64]bool{} // by Seq
		for e, err := range l.Entries(ctx) {
			if err != nil { // the second reading reports it
				continue
			}
			key := action{e.RunID, e.Command, e.User}
			if seq, ok := started[key]; ok {
				ended[seq] = true
				delete(started, key)
			}
			if e.Outcome == Started {
				started[key] = e.Seq
			}
		}
		for e, err := range l.Entries(ctx) {
			if (err != nil || !ended[e.Seq]) && !yield(e, err) {
				return
			}
		}
	}
}
