package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// FrozenCalls are the calls that delete what was frozen and nothing else: its
// messages by ID, and then the conversations without messages. A call that takes
// all messages, or those up to a time, would also take one that was never read: a
// newcomer of the same millisecond, or one that an import gave an old time.
func FrozenCalls(job Job, frozen []Frozen) []Call {
	var calls, drops []Call
	for _, f := range frozen {
		calls = appendIDs(calls, f.Ref, f.Visible, job.BatchSize)
		if f.Drop && f.WithoutID == 0 { // else nobody would find them there again
			drops = append(drops, Call{Op: OpConversation, Ref: f.Ref})
		}
	}
	return number(append(calls, drops...))
}

// DirectCalls are the calls that do a job without reading anything first, as
// few as the service allows.
//
// A job for each conversation has to be expanded before.
func DirectCalls(job Job) []Call {
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

// expand names the conversations of a job that is for each of them, by reading
// the user's list and nothing else. Of any other job it changes nothing, and
// refuses a conversation that is named with a wrong type.
func expand(ctx context.Context, svc roaming.Service, job Job) (Job, error) {
	if job.Each == nil {
		for _, t := range job.Targets {
			if err := roaming.CheckType(ctx, svc, t.Ref); err != nil {
				return job, err
			}
		}
		return job, nil
	}
	targets, err := listed(ctx, svc, job, nowhere{})
	job.Targets, job.Each = targets, nil
	return job, err
}

// Bound sets the time that a plan goes by for each conversation that it does not
// take by ID alone: that of the newest message, or the one that was asked for, and
// at most now, the service's time before it was read. What is dated later goes by
// ID.
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

// nowhere is a sink for what need not be kept.
type nowhere struct{}

func (nowhere) AddConversation(roaming.Conversation) error { return nil }
func (nowhere) AddMessage(roaming.Message) error           { return nil }

func appendIDs(calls []Call, ref roaming.Ref, ids []roaming.MessageID, size int) []Call {
	for chunk := range slices.Chunk(ids, max(1, size)) {
		calls = append(calls, Call{Op: OpIDs, Ref: ref, IDs: chunk})
	}
	return calls
}

func number(calls []Call) []Call {
	for i := range calls {
		calls[i].Number = i + 1
	}
	return calls
}
