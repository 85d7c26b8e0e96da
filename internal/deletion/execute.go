package deletion

import (
	"context"
	"errors"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Status is how a call ended.
type Status string

// A call was accepted (the service answered ok; it does not say how many of the
// messages existed: docs/contract.md, section 4), failed, was not sent, or would be
// sent without a dry run. A conversation is kept on the list when a message arrived
// while its messages were deleted.
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
	// Of a recall: the messages that were not recalled, and those that the service did
	// not find (any more).
	Refused, Gone []roaming.MessageID
}

// Recorder keeps what a job did: an event is on disk when Append returns. It must
// be safe for concurrent use.
type Recorder interface {
	Append(kind string, data any) error
}

// Executor sends calls.
type Executor struct {
	Service roaming.Service
	Notify  bool
	Recall  *Recall // how to recall, if the job does
	Journal Recorder
	Width   int // calls in flight at once; 0 for one
	// review, if not nil, returns the call to send in place of c, or why none is
	// sent; errNothingLeft counts as accepted.
	review func(ctx context.Context, c Call) (Call, error)
	// busy, if not nil, reports whether a conversation has to stay on the list.
	busy func(ctx context.Context, c Call) (bool, error)
}

// Run sends calls, except those that accepted, if not nil, reports as accepted by
// an earlier process, and passes each outcome to onOutcome, in their order. Calls
// that delete messages come before those that delete conversations. A failed call
// stops the others only when they would meet its error too. When ctx is done, calls
// in flight are finished and the others are not sent. The error is the journal's;
// there is no outcome of a call that the journal could not take.
func (e Executor) Run(ctx context.Context, calls []Call, accepted func(number int) bool, onOutcome func(Outcome)) error {
	x := &execution{Executor: e, accepted: accepted, failed: map[roaming.Ref]error{}}
	byOp := map[bool][]Call{}
	for _, c := range calls {
		byOp[c.Op == OpConversation] = append(byOp[c.Op == OpConversation], c)
	}
	x.run(ctx, byOp[false], onOutcome)
	x.run(ctx, byOp[true], onOutcome)
	return x.journalErr
}

// execution is a Run.
type execution struct {
	Executor

	accepted func(number int) bool

	mu         sync.Mutex
	stop       error // why no more calls are sent
	journalErr error
	failed     map[roaming.Ref]error // of the calls that delete a conversation's messages
}

// run sends calls in parallel.
func (x *execution) run(ctx context.Context, calls []Call, onOutcome func(Outcome)) {
	outcomes := make([]chan Outcome, len(calls))
	for i := range outcomes {
		outcomes[i] = make(chan Outcome, 1)
	}
	next := make(chan int, len(calls))
	for i := range calls {
		next <- i
	}
	close(next)
	var workers sync.WaitGroup
	for range min(max(1, x.Width), len(calls)) {
		workers.Go(func() {
			for i := range next {
				if o, err := x.one(ctx, calls[i]); err == nil {
					outcomes[i] <- o
				}
				close(outcomes[i])
			}
		})
	}
	for _, outcome := range outcomes {
		if o, ok := <-outcome; ok {
			onOutcome(o)
		}
	}
	workers.Wait()
}

// one sends a call, if it is to be sent.
func (x *execution) one(ctx context.Context, c Call) (Outcome, error) {
	if x.accepted != nil && x.accepted(c.Number) {
		return Outcome{Call: c, Status: Accepted, Before: true}, nil
	}
	if err := x.stopped(ctx, c); err != nil {
		return Outcome{Call: c, Status: NotSent, Err: err}, nil
	}
	o, err := x.execute(ctx, c)
	x.mu.Lock()
	defer x.mu.Unlock()
	if o.Err != nil && o.Op != OpConversation {
		x.failed[o.Ref] = o.Err
	}
	x.journalErr = firstError(x.journalErr, err)
	x.stop = firstError(x.stop, firstError(err, affectsAll(o.Err)))
	return o, err
}

// stopped is why a call is not sent; nil when it is. A conversation whose messages
// could not be deleted stays on the list, where they can be found again.
func (x *execution) stopped(ctx context.Context, c Call) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stop == nil && ctx.Err() != nil {
		x.stop = context.Cause(ctx)
	}
	if failed := x.failed[c.Ref]; x.stop == nil && c.Op == OpConversation && failed != nil {
		return fault.Wrap(fault.KindOf(failed), failed, "its messages could not be deleted, so it stays on the list")
	}
	return x.stop
}

// affectsAll returns err if every later call would fail with it too: the credentials
// do not allow the deletion.
func affectsAll(err error) error {
	if fault.KindOf(err) == fault.Auth || errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// execute sends a call. The error is the journal's; that of the call is in the
// outcome.
func (e Executor) execute(ctx context.Context, c Call) (Outcome, error) {
	asked := c.IDs
	if e.review != nil {
		var err error
		if c, err = e.review(ctx, c); errors.Is(err, errNothingLeft) {
			return Outcome{Call: c, Status: Accepted}, e.Journal.Append(eventAnswered, answeredEvent{Number: c.Number, Status: Accepted})
		} else if err != nil {
			return Outcome{Call: c, Status: NotSent, Err: err}, nil //nolint:nilerr // it is the outcome's
		}
	}
	if e.busy != nil {
		busy, err := e.busy(ctx, c)
		switch {
		case err != nil:
			return Outcome{Call: c, Status: NotSent, Err: err}, nil //nolint:nilerr // it is the outcome's
		case busy:
			return Outcome{Call: c, Status: Kept}, e.Journal.Append(eventAnswered, answeredEvent{Number: c.Number, Status: Kept})
		}
	}
	if err := e.Journal.Append(eventSent, sentEvent{c.Number}); err != nil {
		return Outcome{}, err
	}
	o := Outcome{Call: c, Status: Accepted}
	o.IDs = asked // those that the review left out are gone
	e.send(ctx, c, &o)
	answer := answeredEvent{Number: c.Number, Status: Accepted, Gone: o.Gone}
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

// send sends a call and sets the outcome.
func (e Executor) send(ctx context.Context, c Call, o *Outcome) {
	switch c.Op {
	case OpIDs:
		o.Err = e.Service.DeleteMessages(ctx, c.Ref, c.IDs, e.Notify)
	case OpThrough:
		o.Err = e.Service.DeleteMessagesBefore(ctx, c.Ref, c.Through.Time, e.Notify)
	case OpConversation:
		o.Err = e.Service.DeleteConversation(ctx, c.Ref, c.WithMessages)
	case OpEverything:
		o.Err = e.Service.DeleteEverything(ctx, c.Ref.User)
	case OpRecall:
		e.recall(ctx, c, o)
	default:
		o.Err = fault.New(fault.Bug, "no such call: %q", c.Op)
	}
}
