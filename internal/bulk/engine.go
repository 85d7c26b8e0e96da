package bulk

import (
	"context"
	"errors"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
)

// waiting is how many users are read from the ledger at once.
const waiting = 200

// Engine carries a run out. What is printed for a user is a list of T.
type Engine[T any] struct {
	Ledger *ledger.Ledger
	Pool   *Pool

	// More adds users to the ledger, and tells whether there may be more
	// after them; nil: all are there.
	More func(ctx context.Context) (bool, error)
	// Do does one user's part and hands what is to be printed to emit, page
	// by page. An error that Fatal has marked ends the run.
	Do func(ctx context.Context, o ledger.User, emit func(items []T) error) (ledger.Result, error)
	// Printer prints the pages in the order of the users; nil: none are.
	Printer Printer[T]
	// Weight is what an item takes of the memory for those that wait for their
	// turn; nil: 1.
	Weight func(item T) int
	// Dir is for files with what waits beyond that.
	Dir string
	// Found hears, without a Printer, of what Do has emitted for a user, once the
	// user's outcome is noted; nil: nobody does. Several goroutines call it.
	Found func(items []T)
	// Ended hears of each user's outcome once it is noted; nil: nobody does.
	// Without a Printer several goroutines call it.
	Ended func(o ledger.User, r ledger.Result)

	breaker breaker
	noMore  bool
	state   ledger.State // of the users whose turn it is
	next    []ledger.User
	after   int64
}

// Run does the part of every user that waits: first of those who had no try yet,
// then of those who failed before. One that fails is noted, and the others go
// on. The error is that which ended the run before all had their turn: ctx's
// cause, of printing, of the ledger, or the last of many failures in a row that
// have nothing to do with the users.
func (e *Engine[T]) Run(ctx context.Context) (err error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	e.state = ledger.Pending
	kept := &backlog[T]{dir: e.Dir, weight: e.Weight}
	defer func() { err = errors.Join(err, kept.close()) }()
	slots := make(chan *slot[T], e.Pool.most)
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		if e.Printer != nil {
			(&printing[T]{Engine: e}).run(ctx, slots, giveUp)
		}
	}()
	err = e.Pool.Run(ctx, func() (func(), bool, error) {
		o, ok, err := e.user(ctx)
		if err != nil || !ok {
			return nil, false, err
		}
		s := newSlot(o, kept)
		if e.Printer != nil {
			select {
			case slots <- s:
			case <-ctx.Done():
				return nil, false, context.Cause(ctx)
			}
		}
		return func() { e.do(ctx, s, giveUp) }, true, nil
	})
	close(slots)
	<-printed
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// user is the next user whose part waits.
func (e *Engine[T]) user(ctx context.Context) (ledger.User, bool, error) {
	for len(e.next) == 0 {
		var err error
		if e.next, err = e.Ledger.Waiting(ctx, e.state, e.after, waiting); err != nil {
			return ledger.User{}, false, err
		}
		switch {
		case len(e.next) > 0:
		case e.state == ledger.Again:
			return ledger.User{}, false, nil
		case e.More == nil || e.noMore:
			e.state, e.after = ledger.Again, 0
		default:
			more, err := e.More(ctx)
			if err != nil {
				return ledger.User{}, false, err
			}
			e.noMore = !more
		}
	}
	o := e.next[0]
	e.next, e.after = e.next[1:], o.Seq
	return o, true, nil
}

// do does one user's part.
func (e *Engine[T]) do(ctx context.Context, s *slot[T], giveUp context.CancelCauseFunc) {
	var found []T
	emit := func(items []T) error { return s.emit(ctx, items) }
	if e.Printer == nil {
		emit = func(items []T) error {
			found = append(found, items...)
			return nil
		}
	}
	r, err := e.Do(ctx, s.user, emit)
	end := ending{result: r, err: err}
	switch {
	case err == nil:
		end.result.State = ledger.Done
		e.breaker.heard(nil)
	case ctx.Err() != nil:
		end.open = true
	case isFatal(err):
		end.open = true
		giveUp(err)
	default:
		end.result.State, end.result.Kind, end.result.Error = ledger.Failed, fault.KindOf(err), err.Error()
		if e.breaker.heard(err) {
			giveUp(tooMany(err))
		}
	}
	if e.Printer != nil {
		s.finish(end) // noted in its turn
		return
	}
	if err := e.finish(ctx, s.user, end); err != nil {
		giveUp(err)
	} else if e.Found != nil && !end.open {
		e.Found(found)
	}
}

// tooMany is why a run was given up, after the last of many failures.
func tooMany(last error) error {
	return fault.Wrap(fault.KindOf(last), last, "given up after %d users in a row failed", inARow).
		WithHint("the users after them are untouched: mend the cause, then resume the run")
}

// finish notes what a user's part came to, also when the run is given up.
func (e *Engine[T]) finish(ctx context.Context, o ledger.User, end ending) error {
	if end.open {
		return nil
	}
	err := e.Ledger.Finish(context.WithoutCancel(ctx), o, end.result)
	if err == nil && e.Ended != nil {
		e.Ended(o, end.result)
	}
	return err
}

// Verdict sums up a run that has come to its end: nil when every user's part is
// done, fault.Partial when some are, and when none is, the kind of the first
// failure.
func Verdict(t ledger.Totals, first ledger.UserResult, hint string) error {
	switch {
	case t.Failed == 0:
		return nil
	case t.Done == 0:
		what := fmt.Sprintf("all %d users failed, such as %s", t.Failed, first.ID)
		if t.Failed == 1 {
			what = first.ID + " failed"
		}
		return fault.Wrap(first.Kind, errors.New(first.Error), "%s", what).WithHint("%s", hint)
	default:
		return fault.New(fault.Partial, "%d of %d users failed", t.Failed, t.Users).WithHint("%s", hint)
	}
}
