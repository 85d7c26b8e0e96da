package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// FrozenCalls returns the calls that delete or recall what was frozen and nothing else: its
// messages by ID, and then the conversations without messages. A call that deletes
// all messages, or those up to a time, would also delete one that was never read:
// one of the same millisecond, or one that an import gave an old time.
func FrozenCalls(job Job, frozen []Frozen) []Call {
	var calls, drops []Call
	for _, f := range frozen {
		if job.Recall != nil {
			calls = appendRecalls(calls, f, job.BatchSize)
			continue
		}
		calls = appendIDs(calls, f.Ref, f.Visible, job.BatchSize)
		if f.Drop && f.WithoutID == 0 { // else those messages could not be found again
			drops = append(drops, Call{Op: OpConversation, Ref: f.Ref})
		}
	}
	return number(append(calls, drops...))
}

// directCalls returns the calls that do a job without reading anything first, as few
// as the service allows. A job for each conversation must be expanded before.
func directCalls(job Job) []Call {
	if job.All {
		return number([]Call{{Op: OpEverything, Ref: roaming.Ref{User: job.User}}})
	}
	var calls, drops []Call
	for _, t := range job.Targets {
		calls = appendIDs(calls, t.Ref, t.IDs, job.BatchSize)
		if !t.Through.IsZero() {
			calls = append(calls, Call{Op: OpThrough, Ref: t.Ref, Through: t.Through})
		}
		if t.Drop {
			drops = append(drops, Call{Op: OpConversation, Ref: t.Ref, WithMessages: t.All})
		}
	}
	return number(append(calls, drops...))
}

// expand names the conversations of a job for each conversation, by reading the
// user's list. In any other job it refuses a conversation with a wrong type.
func expand(ctx context.Context, svc roaming.Service, job Job) (Job, error) {
	if job.Each == nil {
		for _, t := range job.Targets {
			if err := roaming.CheckType(ctx, svc, t.Ref); err != nil {
				return job, err
			}
		}
		return job, nil
	}
	targets, err := listed(ctx, svc, job, discard{})
	job.Targets, job.Each = targets, nil
	return job, err
}

// Bound sets the time up to which a plan deletes from each conversation that it does
// not delete from by ID alone: that of the newest message, or the one that was asked
// for, and at most now, the service's time before it was read. Later messages are
// deleted by ID.
func Bound(frozen []Frozen, now roaming.Time) {
	for i := range frozen {
		f := &frozen[i]
		if f.All {
			f.Through = f.Newest
		}
		if f.Through.After(now.Time) {
			f.Through = now
		}
	}
}

// discard is a Sink that keeps nothing.
type discard struct{}

func (discard) AddConversation(roaming.Conversation) error { return nil }
func (discard) AddMessage(roaming.Message) error           { return nil }

func appendIDs(calls []Call, ref roaming.Ref, ids []roaming.MessageID, size int) []Call {
	for chunk := range slices.Chunk(ids, max(1, size)) {
		calls = append(calls, Call{Op: OpIDs, Ref: ref, IDs: chunk})
	}
	return calls
}

func appendRecalls(calls []Call, f Frozen, size int) []Call {
	n := 0
	for chunk := range slices.Chunk(f.Visible, max(1, size)) {
		calls = append(calls, Call{Op: OpRecall, Ref: f.Ref, IDs: chunk, From: f.From[n : n+len(chunk)]})
		n += len(chunk)
	}
	return calls
}

func number(calls []Call) []Call {
	for i := range calls {
		calls[i].Number = i + 1
	}
	return calls
}
