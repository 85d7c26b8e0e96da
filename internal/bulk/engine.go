package bulk

import (
	"context"
	"errors"

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
	Do func(ctx context.Context, o ledger.Owner, emit func(items []T) error) (ledger.Result, error)
	// Print prints a page of a user; it is called by one goroutine, in the
	// order of the users. nil: nothing is printed.
	Print func(o ledger.Owner, items []T) error
	// Ended hears of each user's outcome, in that order; nil: nobody does.
	Ended func(o ledger.Owner, r ledger.Result)

	printedSeq   int64 // the user of whom items were printed by the process before
	printedItems int

	breaker breaker
	noMore  bool
	next    []ledger.Owner
	after   int64
}

// Run does the part of every user that waits. One that fails is noted, and the
// others go on. The error is that which ended the run before all had their
// turn: ctx's cause, of printing, of the ledger, or the last of many failures
// in a row that have nothing to do with the users.
func (e *Engine[T]) Run(ctx context.Context) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	var err error
	if e.printedSeq, e.printedItems, err = e.Ledger.Printed(ctx); err != nil {
		return err
	}
	slots := make(chan *slot[T], e.Pool.most)
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		e.print(ctx, slots, giveUp)
	}()
	err = e.Pool.Run(ctx, func() (func(), bool, error) {
		o, ok, err := e.owner(ctx)
		if err != nil || !ok {
			return nil, false, err
		}
		s := newSlot[T](o)
		if e.Print != nil {
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

// owner is the next user whose part waits.
func (e *Engine[T]) owner(ctx context.Context) (ledger.Owner, bool, error) {
	for len(e.next) == 0 {
		var err error
		if e.next, err = e.Ledger.Waiting(ctx, e.after, waiting); err != nil {
			return ledger.Owner{}, false, err
		}
		if len(e.next) > 0 {
			break
		}
		if e.More == nil || e.noMore {
			return ledger.Owner{}, false, nil
		}
		more, err := e.More(ctx)
		if err != nil {
			return ledger.Owner{}, false, err
		}
		e.noMore = !more
	}
	o := e.next[0]
	e.next, e.after = e.next[1:], o.Seq
	return o, true, nil
}

// do does one user's part.
func (e *Engine[T]) do(ctx context.Context, s *slot[T], giveUp context.CancelCauseFunc) {
	r, err := e.Do(ctx, s.owner, func(items []T) error { return s.emit(ctx, items) })
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
	if e.Print != nil {
		s.end(end) // noted in its turn
	} else if err := e.finish(ctx, s.owner, end); err != nil {
		giveUp(err)
	}
}

// tooMany is why a run was given up, after the last of many failures.
func tooMany(last error) error {
	return fault.Wrap(fault.KindOf(last), last, "given up after %d users in a row failed", inARow).
		WithHint("the users after them are untouched: mend the cause, then resume the run")
}

// print prints users' pages and notes their outcomes, in order. Behind a user
// whose part was given up nobody is printed any more, whatever their part came
// to: what a run that goes on prints comes right after it.
func (e *Engine[T]) print(ctx context.Context, slots <-chan *slot[T], giveUp context.CancelCauseFunc) {
	p := printer{seq: e.printedSeq, skip: e.printedItems}
	for s := range slots {
		for page := range s.pages {
			page = page[p.known(s.owner, len(page)):]
			if p.stopped || len(page) == 0 {
				continue
			}
			if p.failed = e.Print(s.owner, page); p.failed != nil {
				p.stopped = true
				giveUp(p.failed)
				continue
			}
			p.items += len(page)
		}
		end := <-s.result
		switch {
		case p.stopped:
		case end.open:
			p.stopped = true
			if err := e.Ledger.SetPrinted(context.WithoutCancel(ctx), s.owner, p.items); err != nil {
				giveUp(err)
			}
		default:
			if err := e.finish(ctx, s.owner, end); err != nil {
				p.stopped = true
				giveUp(err)
			}
		}
		p.items = 0
	}
}

// printer is how far the printing is.
type printer struct {
	stopped bool
	failed  error
	items   int // of the user at hand that were printed

	// So many items of one user were printed by the process before.
	seq  int64
	skip int
}

// known is how many of the next items of a user were printed before.
func (p *printer) known(o ledger.Owner, items int) int {
	if o.Seq != p.seq {
		return 0
	}
	n := min(p.skip, items)
	p.skip -= n
	p.items += n
	return n
}

// finish notes what a user's part came to, also when the run is given up.
func (e *Engine[T]) finish(ctx context.Context, o ledger.Owner, end ending) error {
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
func Verdict(t ledger.Totals, first ledger.OwnerResult, hint string) error {
	switch {
	case t.Failed == 0:
		return nil
	case t.Done == 0:
		f := fault.Wrap(first.Kind, errors.New(first.Error), "all %d users failed, such as %s", t.Failed, first.ID)
		return f.WithHint("%s", hint)
	default:
		return fault.New(fault.Partial, "%d of %d users failed", t.Failed, t.Owners).WithHint("%s", hint)
	}
}
