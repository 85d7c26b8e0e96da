package deletion

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Report is what a job did.
type Report struct {
	RunID         string    `json:"run_id"`
	State         run.State `json:"state"`
	Coverage      Coverage  `json:"coverage"`
	Conversations int       `json:"conversations"` // that the job had calls for
	Requested     int       `json:"requested"`     // messages to delete, as far as they are known
	Accepted      int       `json:"accepted"`      // messages in accepted calls
	AcceptedCalls int       `json:"accepted_calls"`
	// What an earlier process did is not in the numbers above, nor in Batches.
	AcceptedBefore      int                 `json:"accepted_before,omitempty"`
	AcceptedCallsBefore int                 `json:"accepted_calls_before,omitempty"`
	Batches             []Batch             `json:"batches"`
	Remaining           []roaming.MessageID `json:"remaining"`              // IDs of calls that did not succeed
	NotVisible          []roaming.MessageID `json:"not_visible"`            // IDs that the user's history does not have
	AlreadyGone         []roaming.MessageID `json:"already_gone,omitempty"` // IDs that a recall did not find: recalled or expired before
	Backup              *BackupRef          `json:"backup"`
	PeerBackups         []BackupRef         `json:"peer_backups,omitempty"` // of a recall: what the other sides saw
	WithoutID           int                 `json:"without_id,omitempty"`   // messages that stay, as no call can name them
	WithoutTime         int                 `json:"without_time,omitempty"` // messages that stay, as they may be too new
	Verification        *Verification       `json:"verification"`

	Unanswered bool `json:"-"` // a call that failed may have been carried out
}

// Batch is a call in a report.
type Batch struct {
	Number       int              `json:"number"`
	Op           Op               `json:"op"`
	Conversation string           `json:"conversation,omitempty"`
	Type         roaming.ChatType `json:"type,omitempty"`
	IDs          int              `json:"ids"`      // how many
	Messages     int              `json:"messages"` // that went with it, as far as they were counted
	Status       Status           `json:"status"`
	Error        string           `json:"error,omitempty"`
}

// NewReport returns the report of a job that has done nothing yet.
func NewReport(s Settings, runID string) Report {
	r := Report{
		RunID: runID, State: run.Done, Coverage: s.Coverage(),
		Batches: []Batch{}, Remaining: []roaming.MessageID{}, NotVisible: []roaming.MessageID{},
	}
	for _, t := range s.Job.Targets {
		r.Requested += len(t.IDs)
	}
	return r
}

// Freeze adds what is about to be deleted.
func (r *Report) Freeze(frozen []Frozen) {
	if len(frozen) == 0 {
		return
	}
	r.Requested, r.NotVisible, r.WithoutID, r.WithoutTime = count(frozen), r.NotVisible[:0], 0, 0
	for _, f := range frozen {
		r.NotVisible = append(r.NotVisible, f.NotVisible...)
		r.WithoutID += f.WithoutID
		r.WithoutTime += f.Kept
	}
	r.Requested += r.WithoutID
}

// CountConversations sets the number of conversations that calls delete from.
func (r *Report) CountConversations(calls []Call) {
	refs := map[roaming.Ref]bool{}
	for _, c := range calls {
		if c.Op != OpEverything {
			refs[c.Ref] = true
		}
	}
	r.Conversations = len(refs)
}

// nothingSent adds all IDs to those that remain, except those that are not visible.
func (r *Report) nothingSent(s Settings) {
	missing := idSet(r.NotVisible)
	for _, t := range s.Job.Targets {
		for _, id := range t.IDs {
			if !missing[id] {
				r.Remaining = append(r.Remaining, id)
			}
		}
	}
}

// Add adds the outcome of a call.
func (r *Report) Add(o Outcome) {
	r.AlreadyGone = append(r.AlreadyGone, o.Gone...)
	if o.Before {
		r.AcceptedCallsBefore++
		r.AcceptedBefore += len(o.IDs) - len(o.Gone)
		return
	}
	b := Batch{Number: o.Number, Op: o.Op, Conversation: o.Ref.Conversation, Type: o.Ref.Type, IDs: len(o.IDs), Status: o.Status}
	if o.Err != nil {
		b.Error = o.Err.Error()
		r.Unanswered = r.Unanswered || o.Status == Failed && fault.KindOf(o.Err) == fault.Network
		if o.Op != OpRecall || o.Status != Failed {
			r.Remaining = append(r.Remaining, o.IDs...)
		} else {
			r.Remaining = append(r.Remaining, o.Refused...)
			b.Messages = len(o.IDs) - len(o.Refused) - len(o.Gone)
			r.Accepted += b.Messages
		}
	} else {
		b.Messages = len(o.IDs) - len(o.Gone)
		if o.Status == Accepted {
			r.AcceptedCalls++
			r.Accepted += b.Messages
		}
	}
	r.Batches = append(r.Batches, b)
}

// close sets the state by how the job ended; inDoubt is Replay's.
func (r *Report) close(ctx context.Context, err error, inDoubt bool) {
	refused := fault.KindOf(err) == fault.Safety
	switch {
	case err == nil:
		r.State = run.Done
	case ctx.Err() != nil:
		r.State = run.Interrupted
	case r.AcceptedCalls+r.AcceptedCallsBefore > 0, r.Accepted > 0, refused && inDoubt:
		r.State = run.PartlyDone
	case refused:
		r.State = run.Refused
	default:
		r.State = run.Failed
	}
}

// Verdict returns nil when all calls were accepted, a fault.Partial when some were,
// and the first error when none was.
func Verdict(accepted, total int, first error) error {
	if first == nil || accepted == 0 {
		return first
	}
	partly := fault.Wrap(fault.Partial, first, "%d of %d calls were accepted", accepted, total)
	if cause, ok := errors.AsType[*fault.Error](first); ok {
		partly.Hint = cause.Hint
	}
	return partly
}
