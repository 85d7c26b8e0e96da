package deletion

import (
	"context"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// wave is calls on their way, several of them at once.
type wave struct {
	Executor

	accepted func(number int) bool // by an earlier process
	queue    *queue

	mu      sync.Mutex
	stop    error                 // why nothing more is sent
	journal error                 // the journal's own
	failed  map[roaming.Ref]error // of a conversation's messages
}

// run sends calls side by side.
func (w *wave) run(ctx context.Context, calls []Call) {
	next := make(chan Call)
	var workers sync.WaitGroup
	for range min(max(1, w.Width), len(calls)) {
		workers.Go(func() {
			for c := range next {
				w.one(ctx, c)
			}
		})
	}
	for _, c := range calls {
		next <- c
	}
	close(next)
	workers.Wait()
}

// one sends a call.
func (w *wave) one(ctx context.Context, c Call) {
	why := w.stopped(ctx, c)
	switch {
	case w.accepted != nil && w.accepted(c.Number):
		w.queue.put(Outcome{Call: c, Status: Accepted, Before: true})
	case why != nil:
		w.queue.put(Outcome{Call: c, Status: NotSent, Err: why})
	default:
		o, err := w.execute(ctx, c)
		w.note(err, o)
		if err == nil {
			w.queue.put(o)
		}
	}
}

// stopped is why a call is not to be sent; nil when it is. A conversation whose
// messages could not be deleted stays on the list, or nobody would find them there
// again.
func (w *wave) stopped(ctx context.Context, c Call) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop == nil && ctx.Err() != nil {
		w.stop = context.Cause(ctx)
	}
	if failed := w.failed[c.Ref]; w.stop == nil && c.Op == OpConversation && failed != nil {
		return fault.Wrap(fault.KindOf(failed), failed, "its messages could not be deleted, so it stays on the list")
	}
	return w.stop
}

// note keeps what keeps further calls from being sent: an error of the journal,
// or of a call that every other would meet.
func (w *wave) note(journal error, o Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.Err != nil && o.Op != OpConversation {
		w.failed[o.Ref] = o.Err
	}
	if w.journal == nil {
		w.journal = journal
	}
	if w.stop != nil {
		return
	}
	if w.stop = journal; journal == nil {
		w.stop = hopeless(o.Err)
	}
}

// queue hands outcomes on in the order of their calls.
type queue struct {
	mu      sync.Mutex
	heard   func(Outcome)
	order   []int // numbers that were not heard of yet
	waiting map[int]Outcome
}

func newQueue(calls []Call, heard func(Outcome)) *queue {
	q := &queue{heard: heard, waiting: map[int]Outcome{}}
	for _, c := range calls {
		q.order = append(q.order, c.Number)
	}
	return q
}

// rest hands on what waits for calls that nothing will be heard of: those that
// the journal could not take.
func (q *queue) rest() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, number := range q.order {
		if o, ok := q.waiting[number]; ok {
			q.heard(o)
		}
	}
	q.order = nil
}

func (q *queue) put(o Outcome) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting[o.Number] = o
	for len(q.order) > 0 {
		next, ok := q.waiting[q.order[0]]
		if !ok {
			return
		}
		delete(q.waiting, next.Number)
		q.order = q.order[1:]
		q.heard(next)
	}
}
