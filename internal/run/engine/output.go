package engine

import (
	"context"
	"sync"

	"github.com/roamctl/roamctl/internal/run"
)

// maxAhead is how many pages of the job in turn wait to be printed.
const maxAhead = 2

// output is the output of one job. The job's goroutine puts pages in, the
// printer's takes them out.
type output[T any] struct {
	job   run.Job
	queue *spillQueue[T]

	mu      sync.Mutex
	turn    bool
	pages   [][]T
	spilled []location // of the pages after those
	end     *ending
	ready   chan struct{} // holds one when there is something to take out
	room    chan struct{} // holds one when there is room for a page
}

// ending is how a job ended.
type ending struct {
	result      run.Result
	interrupted bool // the job stays pending
	printed     int  // items of a failed job
}

func newOutput[T any](j run.Job, queue *spillQueue[T]) *output[T] {
	return &output[T]{job: j, queue: queue, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// emit takes items to print in the job's turn. It waits for the printer only when
// it is the job's turn.
func (o *output[T]) emit(ctx context.Context, items []T) error {
	if len(items) == 0 {
		return nil
	}
	for {
		taken, err := o.put(items)
		if taken || err != nil { // these items are not lost when ctx has ended
			return err
		}
		select {
		case <-o.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (o *output[T]) put(items []T) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	full := len(o.spilled) > 0 || o.turn && len(o.pages) >= maxAhead
	switch {
	case !full && o.queue.reserve(items, o.turn):
		o.pages = append(o.pages, items)
	case o.turn:
		return false, nil
	default:
		at, err := o.queue.write(items)
		if err != nil {
			return false, Fatal(err)
		}
		o.spilled = append(o.spilled, at)
	}
	wake(o.ready)
	return true, nil
}

func (o *output[T]) finish(e ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end = &e
	wake(o.ready)
}

// take returns the next page or, after the last, how the job ended.
func (o *output[T]) take() ([]T, *ending, error) {
	for {
		page, end, err := o.next()
		if page != nil || end != nil || err != nil {
			return page, end, err
		}
		<-o.ready
	}
}

func (o *output[T]) next() ([]T, *ending, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.turn = true
	if len(o.pages) > 0 {
		page := o.pages[0]
		o.pages = o.pages[1:]
		o.queue.release(page)
		wake(o.room)
		return page, nil, nil
	}
	if len(o.spilled) > 0 {
		at := o.spilled[0]
		o.spilled = o.spilled[1:]
		wake(o.room)
		page, err := o.queue.read(at)
		return page, nil, err
	}
	return nil, o.end, nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
