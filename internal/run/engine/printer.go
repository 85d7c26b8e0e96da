package engine

import (
	"context"

	"github.com/roamctl/roamctl/internal/run"
)

// Printer prints items in the order of their jobs. One goroutine uses it.
type Printer[T any] interface {
	Print(j run.Job, items []T) error
	// Held reports whether Print buffers something that it was given.
	Held() bool
	// Flush prints what is buffered.
	Flush() error
}

// PrintFunc is a Printer that buffers nothing.
type PrintFunc[T any] func(j run.Job, items []T) error

// Print implements Printer.
func (f PrintFunc[T]) Print(j run.Job, items []T) error { return f(j, items) }

// Held implements Printer.
func (PrintFunc[T]) Held() bool { return false }

// Flush implements Printer.
func (PrintFunc[T]) Flush() error { return nil }

// orderedOutput prints the outputs of the jobs in order. A job has ended when all
// its items are printed, so that a killed run that is resumed leaves nothing out.
type orderedOutput[T any] struct {
	*Engine[T]

	err     error // why nothing more is printed
	stopped bool
	printed int // items of the current job
	waiting []finishedJob

	// before has the numbers of items that earlier processes have printed, by Seq.
	before map[int64]int
	skip   int // of them, those of the current job
}

// finishedJob is a job whose last page was given to the printer.
type finishedJob struct {
	job run.Job
	end ending
}

// run prints the pages of the jobs and saves their results, in order. After an
// interrupted job it prints nothing more: what the resumed run prints has to
// follow it directly.
func (p *orderedOutput[T]) run(ctx context.Context, outputs <-chan *output[T], cancel context.CancelCauseFunc) {
	ctx = context.WithoutCancel(ctx)
	var err error
	if p.before, err = p.DB.Printed(ctx); err != nil {
		p.stop(err, cancel)
	}
	for o := range outputs {
		p.printed, p.skip = 0, p.before[o.job.Seq]
		end := p.pages(o, cancel)
		switch {
		case p.stopped:
		case end.interrupted:
			err := p.flush(ctx)
			if err == nil { // what was printed before counts even if this try did not get there
				err = p.DB.SetPrinted(ctx, o.job, p.printed+p.skip)
			}
			p.stop(err, cancel)
		case p.printed == 0: // nothing of the job is buffered
			if err := p.save(ctx, o.job, end); err != nil {
				p.stop(err, cancel)
			}
		default:
			if end.result.State == run.Failed { // a retry continues after what is printed
				end.printed = p.printed + p.skip
			}
			p.waiting = append(p.waiting, finishedJob{o.job, end})
			if p.Printer.Held() {
				continue
			}
			if err := p.saveWaiting(ctx); err != nil {
				p.stop(err, cancel)
			}
		}
	}
	if p.err == nil {
		p.stop(p.flush(ctx), cancel)
	}
}

// stop ends the printing.
func (p *orderedOutput[T]) stop(err error, cancel context.CancelCauseFunc) {
	p.stopped, p.err = true, err
	if err != nil {
		cancel(err)
	}
}

// pages prints the pages of one job.
func (p *orderedOutput[T]) pages(o *output[T], cancel context.CancelCauseFunc) ending {
	for {
		page, end, err := o.take()
		if end != nil {
			return *end
		}
		if err == nil {
			page = page[p.alreadyPrinted(len(page)):]
		}
		if p.stopped || err == nil && len(page) == 0 {
			continue
		}
		if err == nil {
			err = p.Printer.Print(o.job, page)
		}
		if err != nil {
			p.stop(err, cancel)
			continue
		}
		p.printed += len(page)
	}
}

// alreadyPrinted is how many of the next items of a job were printed before.
func (p *orderedOutput[T]) alreadyPrinted(items int) int {
	n := min(p.skip, items)
	p.skip -= n
	p.printed += n
	return n
}

// flush prints what is buffered and saves the results of its jobs.
func (p *orderedOutput[T]) flush(ctx context.Context) error {
	if err := p.Printer.Flush(); err != nil {
		return err
	}
	return p.saveWaiting(ctx)
}

func (p *orderedOutput[T]) saveWaiting(ctx context.Context) error {
	for _, f := range p.waiting {
		if f.end.printed > 0 {
			if err := p.DB.SetPrinted(ctx, f.job, f.end.printed); err != nil {
				return err
			}
		}
		if err := p.save(ctx, f.job, f.end); err != nil {
			return err
		}
	}
	p.waiting = p.waiting[:0]
	return nil
}
