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
// be sent but for a dry run. A conversation is kept on the list when a message
// arrived while its messages were deleted.
const (
	Accepted Status = "accepted"
	Kept     Status = "kept"
	Failed   Status = "failed"
	NotSent  Status = "not_sent"
	Planned  Status = "planned"
)

// Outcome is a call and how it ended.
type Outcome struct {
	Call

	Status Status
	Err    error // why it failed or was not sent
	Before bool  // an earlier process sent it
}

// Recorder keeps what a run did, durably: an event is on the disk when Append
// returns. It is used by several goroutines.
type Recorder interface {
	Append(kind string, data any) error
}

// Executor sends calls.
type Executor struct {
	Service roaming.Service
	Notify  bool
	Journal Recorder
	Width   int // how many calls may be under way at once; 0 for one
	// review, if not nil, gives the call to send in the place of another, or why
	// it is not sent; errNothingLeft counts as accepted.
	review func(ctx context.Context, c Call) (Call, error)
	// busy, if not nil, tells whether a conversation has to stay on the list.
	busy func(ctx context.Context, c Call) (bool, error)
}

// Run sends calls, but for those that were answered already, and hands each
// outcome to heard, in their order. What takes conversations off the list comes
// after what takes messages. A failed call does not stop the others, except where
// none of them can succeed. Once ctx is done, the answers to calls that were sent
// are waited for, and the rest is not sent.
func (e Executor) Run(ctx context.Context, calls []Call, accepted func(number int) bool, heard func(Outcome)) error {
	w := &wave{Executor: e, accepted: accepted, queue: newQueue(calls, heard), failed: map[roaming.Ref]error{}}
	var messages, conversations []Call
	for _, c := range calls {
		if c.Op == OpConversation {
			conversations = append(conversations, c)
		} else {
			messages = append(messages, c)
		}
	}
	w.run(ctx, messages)
	w.run(ctx, conversations)
	w.queue.rest()
	return w.journal
}

// execute sends one call; its error is the journal's, the call's is in the
// outcome.
func (e Executor) execute(ctx context.Context, c Call) (Outcome, error) {
	if e.review != nil {
		var err error
		if c, err = e.review(ctx, c); errors.Is(err, errNothingLeft) {
			return Outcome{Call: c, Status: Accepted}, e.Journal.Append(eventAnswered, answeredEvent{Number: c.Number, Status: Accepted})
		} else if err != nil {
			return Outcome{Call: c, Status: NotSent, Err: err}, nil //nolint:nilerr // it is the call's error //nolint:nilerr // it is the outcome's
		}
	}
	if e.busy != nil {
		busy, err := e.busy(ctx, c)
		switch {
		case err != nil:
			return Outcome{Call: c, Status: NotSent, Err: err}, nil //nolint:nilerr // it is the call's error //nolint:nilerr // it is the outcome's
		case busy:
			return Outcome{Call: c, Status: Kept}, e.Journal.Append(eventAnswered, answeredEvent{Number: c.Number, Status: Kept})
		}
	}
	if err := e.Journal.Append(eventSent, sentEvent{c.Number}); err != nil {
		return Outcome{}, err
	}
	o := Outcome{Call: c, Status: Accepted, Err: e.send(ctx, c)}
	answer := answeredEvent{Number: c.Number, Status: Accepted}
	switch {
	case roaming.IsNotSent(o.Err):
		o.Status, o.Err = NotSent, context.Cause(ctx)
		answer.Status = NotSent
	case o.Err != nil:
		o.Status = Failed
		answer.Status, answer.Error = Failed, o.Err.Error()
		refused, ok := errors.AsType[*fault.Error](o.Err)
		answer.NotDone = ok && refused.NotDone
	}
	return o, e.Journal.Append(eventAnswered, answer)
}

func (e Executor) send(ctx context.Context, c Call) error {
	switch c.Op {
	case OpIDs:
		return e.Service.DeleteMessages(ctx, c.Ref, c.IDs, e.Notify)
	case OpThrough:
		return e.Service.DeleteMessagesBefore(ctx, c.Ref, c.Through.Time, e.Notify)
	case OpConversation:
		return e.Service.DeleteConversation(ctx, c.Ref, c.WithMessages)
	case OpEverything:
		return e.Service.DeleteEverything(ctx, c.Ref.User)
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
