package limiter

import (
	"context"
	"sync"
)

// queues make the callers of one process wait for a budget one behind the
// other. Only the first looks at the file: a hundred that all did would wake
// at once for each call that becomes free.
type queues struct {
	mu     sync.Mutex
	queues map[string]*queue
}

type queue struct {
	turn    chan struct{} // holds one while somebody has the turn
	callers int
}

// enter waits for the caller's turn at a budget, in the order of arrival.
func (q *queues) enter(ctx context.Context, budget string) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	mine := q.join(budget)
	select {
	case mine.turn <- struct{}{}:
		return func() {
			<-mine.turn
			q.part(budget, mine)
		}, nil
	case <-ctx.Done():
		q.part(budget, mine)
		return nil, ctx.Err()
	}
}

func (q *queues) join(budget string) *queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	mine := q.queues[budget]
	if mine == nil {
		if q.queues == nil {
			q.queues = map[string]*queue{}
		}
		mine = &queue{turn: make(chan struct{}, 1)}
		q.queues[budget] = mine
	}
	mine.callers++
	return mine
}

// part forgets a queue that nobody is in: there may be a million budgets.
func (q *queues) part(budget string, mine *queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	mine.callers--
	if mine.callers == 0 {
		delete(q.queues, budget)
	}
}
