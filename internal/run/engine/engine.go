// Package engine does the jobs of a run: as many at a time as keep the service
// busy, with each job's result in the run's file, and one user's failure no other
// user's. What a job does is the caller's; this package only knows that it may
// take long, may print something, and may fail.
package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
)

// pageSize is how many jobs are read from the run's file at once.
const pageSize = 200

// Engine does the jobs of a run. What is printed for a job is a list of T.
type Engine[T any] struct {
	DB   *run.DB
	Pool *Pool

	// More, if not nil, adds jobs to the run and reports whether there may be more
	// after them.
	More func(ctx context.Context) (bool, error)
	// Do does one job and passes what is to be printed to emit, page by page. An
	// error that Fatal has marked ends the run.
	Do func(ctx context.Context, j run.Job, emit func(items []T) error) (run.Result, error)
	// Printer, if not nil, prints the pages in the order of the jobs.
	Printer Printer[T]
	// Weight is how much an item counts of what is held in memory until it is
	// printed; nil for 1.
	Weight func(item T) int
	// Dir is where pages beyond the memory limit are spilled.
	Dir string
	// OnItems, if not nil, is called, without a Printer, with a job's items after
	// its result is saved. It must be safe for concurrent use.
	OnItems func(items []T)
	// OnEnd, if not nil, is called with each result after it is saved. Without a
	// Printer it must be safe for concurrent use.
	OnEnd func(j run.Job, r run.Result)

	failures failures
	allAdded bool
	state    run.State // of the jobs in next
	next     []run.Job
	after    int64
}

// Run does the jobs that wait: first those that were not tried yet, then those
// that await a retry. A job that fails does not stop the others. The error is what
// stopped the run before all jobs had ended: ctx's cause, an error of printing or
// of the run's file, or the last of many consecutive failures that are not the
// users' own.
func (e *Engine[T]) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e.state = run.Pending
	queue := &spillQueue[T]{dir: e.Dir, weight: e.Weight}
	defer func() { err = errors.Join(err, queue.close()) }()
	outputs := make(chan *output[T], e.Pool.limit)
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		if e.Printer != nil {
			(&orderedOutput[T]{Engine: e}).run(ctx, outputs, cancel)
		}
	}()
	err = e.Pool.Run(ctx, func() (func(), bool, error) {
		j, ok, err := e.nextJob(ctx)
		if err != nil || !ok {
			return nil, false, err
		}
		o := newOutput(j, queue)
		if e.Printer != nil {
			select {
			case outputs <- o:
			case <-ctx.Done():
				return nil, false, context.Cause(ctx)
			}
		}
		return func() { e.do(ctx, o, cancel) }, true, nil
	})
	close(outputs)
	<-printed
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// nextJob returns the next job that waits.
func (e *Engine[T]) nextJob(ctx context.Context) (run.Job, bool, error) {
	for len(e.next) == 0 {
		var err error
		if e.next, err = e.DB.Waiting(ctx, e.state, e.after, pageSize); err != nil {
			return run.Job{}, false, err
		}
		switch {
		case len(e.next) > 0:
		case e.state == run.AwaitingRetry:
			return run.Job{}, false, nil
		case e.More == nil || e.allAdded:
			e.state, e.after = run.AwaitingRetry, 0
		default:
			more, err := e.More(ctx)
			if err != nil {
				return run.Job{}, false, err
			}
			e.allAdded = !more
		}
	}
	j := e.next[0]
	e.next, e.after = e.next[1:], j.Seq
	return j, true, nil
}

// do does one job.
func (e *Engine[T]) do(ctx context.Context, o *output[T], cancel context.CancelCauseFunc) {
	var items []T
	emit := func(page []T) error { return o.emit(ctx, page) }
	if e.Printer == nil {
		emit = func(page []T) error {
			items = append(items, page...)
			return nil
		}
	}
	r, err := e.Do(ctx, o.job, emit)
	end := ending{result: r}
	switch {
	case err == nil:
		end.result.State = run.Done
		e.failures.add(nil)
	case ctx.Err() != nil:
		end.interrupted = true
	case isFatal(err):
		end.interrupted = true
		cancel(err)
	default:
		end.result.State, end.result.Kind, end.result.Error = run.Failed, fault.KindOf(err), err.Error()
		if e.failures.add(err) {
			cancel(tooManyFailures(err))
		}
	}
	if e.Printer != nil {
		o.finish(end) // saved when it is printed
		return
	}
	if err := e.save(ctx, o.job, end); err != nil {
		cancel(err)
	} else if e.OnItems != nil && !end.interrupted {
		e.OnItems(items)
	}
}

// save saves how a job ended, also when ctx is cancelled.
func (e *Engine[T]) save(ctx context.Context, j run.Job, end ending) error {
	if end.interrupted {
		return nil
	}
	err := e.DB.Finish(context.WithoutCancel(ctx), j, end.result)
	if err == nil && e.OnEnd != nil {
		e.OnEnd(j, end.result)
	}
	return err
}

// Verdict sums up a run whose jobs have all ended: nil when all are done,
// fault.Partial when some failed, and the kind of the first failure when all did.
func Verdict(t run.Totals, first run.JobResult, hint string) error {
	switch {
	case t.Failed == 0:
		return nil
	case t.Done == 0:
		what := fmt.Sprintf("all %d users failed, such as %s", t.Failed, first.User)
		if t.Failed == 1 {
			what = first.User + " failed"
		}
		return fault.Wrap(first.Kind, errors.New(first.Error), "%s", what).WithHint("%s", hint)
	default:
		return fault.New(fault.Partial, "%d of %d users failed", t.Failed, t.Users).WithHint("%s", hint)
	}
}
