package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// FrozenCalls are the calls that delete what was frozen and nothing else. What
// was not asked for by ID goes by time, up to the newest message that was read,
// and a conversation then without messages: a call that takes all messages, or
// those up to a time still to come, would also take one that arrived since.
func FrozenCalls(job Job, frozen []Frozen) []Call {
	var calls []Call
	for _, f := range frozen {
		switch {
		case len(f.Visible) == 0:
		case len(f.IDs) > 0:
			calls = appendIDs(calls, f.Ref, f.Visible, job.BatchSize)
		default:
			calls = append(calls, Call{Op: OpThrough, Ref: f.Ref, Through: f.Newest})
		}
		if f.Drop {
			calls = append(calls, Call{Op: OpConversation, Ref: f.Ref})
		}
	}
	return number(calls)
}

// DirectCalls are the calls that do a job without reading anything first, as
// few as the service allows.
//
// A job for each conversation has to be Expanded before.
func DirectCalls(job Job) []Call {
	if job.All {
		return number([]Call{{Op: OpEverything, Ref: roaming.Ref{Owner: job.Owner}}})
	}
	var calls []Call
	for _, t := range job.Targets {
		switch {
		case len(t.IDs) > 0:
			calls = appendIDs(calls, t.Ref, t.IDs, job.BatchSize)
		case !t.Through.IsZero():
			calls = append(calls, Call{Op: OpThrough, Ref: t.Ref, Through: t.Through})
		}
		if t.Drop {
			calls = append(calls, Call{Op: OpConversation, Ref: t.Ref, WithMessages: t.All})
		}
	}
	return number(calls)
}

// Expand names the conversations of a job that is for each of them, by reading
// the owner's list and nothing else. Of any other job it changes nothing.
func Expand(ctx context.Context, svc roaming.Service, job Job) (Job, error) {
	if job.Each == nil {
		return job, nil
	}
	targets, err := listed(ctx, svc, job, nowhere{})
	job.Targets, job.Each = targets, nil
	return job, err
}

// nowhere is a sink for what need not be kept.
type nowhere struct{}

func (nowhere) AddConversation(roaming.Conversation) error { return nil }
func (nowhere) AddMessage(roaming.Message) error           { return nil }

func appendIDs(calls []Call, ref roaming.Ref, ids []roaming.MessageID, size int) []Call {
	for chunk := range slices.Chunk(ids, size) {
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
