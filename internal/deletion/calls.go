package deletion

import (
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
