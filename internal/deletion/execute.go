package deletion

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Status is how a call ended.
type Status string

// A call was accepted (the service answered ok; it does not say how many of
// the messages existed: contract, section 4), failed, was never sent, or would
// be sent but for a dry run.
const (
	Accepted Status = "accepted"
	Failed   Status = "failed"
	NotSent  Status = "not_sent"
	Planned  Status = "planned"
)

// Outcome is a call and how it ended.
type Outcome struct {
	Call

	Status Status
	Err    error // why it failed or was not sent
}

// Recorder keeps what a run did, durably: an event is on the disk when Append
// returns.
type Recorder interface {
	Append(kind string, data any) error
}

// Execute sends calls, in order, but for those that were answered already, and
// hands each outcome to heard. A failed call does not stop the others, except
// where none of them can succeed. Once ctx is done, the call in flight is
// finished and the rest is not sent.
func Execute(ctx context.Context, svc roaming.Service, notify bool, calls []Call, answered map[int]bool, journal Recorder, heard func(Outcome)) error {
	var stop error
	for _, c := range calls {
		if answered[c.Number] {
			heard(Outcome{Call: c, Status: Accepted})
			continue
		}
		if ctx.Err() != nil && stop == nil {
			stop = context.Cause(ctx)
		}
		if stop != nil {
			heard(Outcome{Call: c, Status: NotSent, Err: stop})
			continue
		}
		o, err := execute(context.WithoutCancel(ctx), svc, notify, c, journal)
		if err != nil {
			return err
		}
		heard(o)
		stop = hopeless(o.Err)
	}
	return nil
}

// execute sends one call; its error is the journal's, the call's is in the
// outcome.
func execute(ctx context.Context, svc roaming.Service, notify bool, c Call, journal Recorder) (Outcome, error) {
	if err := journal.Append(eventSent, sentEvent{c.Number}); err != nil {
		return Outcome{}, err
	}
	o := Outcome{Call: c, Status: Accepted, Err: send(ctx, svc, notify, c)}
	answer := answeredEvent{Number: c.Number, Status: Accepted}
	if o.Err != nil {
		o.Status = Failed
		answer.Status, answer.Error = Failed, o.Err.Error()
	}
	return o, journal.Append(eventAnswered, answer)
}

func send(ctx context.Context, svc roaming.Service, notify bool, c Call) error {
	switch c.Op {
	case OpIDs:
		return svc.DeleteMessages(ctx, c.Ref, c.IDs, notify)
	case OpThrough:
		return svc.DeleteMessagesBefore(ctx, c.Ref, c.Through.Time, notify)
	case OpConversation:
		return svc.DeleteConversation(ctx, c.Ref, c.WithMessages)
	case OpEverything:
		return svc.DeleteEverything(ctx, c.Ref.Owner)
	default:
		return fault.New(fault.Bug, "no such call: %q", c.Op)
	}
}

// hopeless is err where it would meet every later call too: the credentials do
// not allow the deletion.
func hopeless(err error) error {
	if fault.KindOf(err) == fault.Auth || errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
