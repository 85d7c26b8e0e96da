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
}

// Run sends calls, but for those that were answered already, and hands each
// outcome to heard, in their order. Those that depend on each other go one after
// the other. A failed call does not stop the others, except where none of them
// can succeed. Once ctx is done, the answers to calls that were sent are waited
// for, and the rest is not sent.
func (e Executor) Run(ctx context.Context, calls []Call, answered map[int]bool, heard func(Outcome)) error {
	w := &wave{Executor: e, answered: answered, queue: newQueue(calls, heard)}
	return w.run(ctx, chains(calls))
}

// chains are calls that depend on each other, each in order: what takes a
// conversation off the list comes after what takes its messages. Where messages
// are named and nothing else is done, no call depends on another.
func chains(calls []Call) [][]Call {
	ordered := map[roaming.Ref]bool{}
	for _, c := range calls {
		ordered[c.Ref] = ordered[c.Ref] || c.Op != OpIDs
	}
	var all [][]Call
	place := map[roaming.Ref]int{}
	for _, c := range calls {
		i, known := place[c.Ref]
		if !known || !ordered[c.Ref] {
			i = len(all)
			all = append(all, nil)
			place[c.Ref] = i
		}
		all[i] = append(all[i], c)
	}
	return all
}

// execute sends one call; its error is the journal's, the call's is in the
// outcome.
func (e Executor) execute(ctx context.Context, c Call) (Outcome, error) {
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
		return e.Service.DeleteEverything(ctx, c.Ref.Owner)
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
