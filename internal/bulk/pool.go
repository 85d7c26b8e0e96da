package bulk

import (
	"context"
	"sync"
)

// Load says how many callers are of use to the service.
type Load interface {
	Wanted() int
	// Grown holds one element when Wanted may have become more.
	Grown() <-chan struct{}
}

// Pool runs tasks, as many at a time as are wanted.
type Pool struct {
	load Load
	most int

	mu      sync.Mutex
	active  int
	drained bool // there are no more tasks but those that are forked
	changed chan struct{}
	tasks   sync.WaitGroup
}

// NewPool makes a pool that runs at most so many tasks at a time, parked ones
// among them.
func NewPool(load Load, most int) *Pool {
	return &Pool{load: load, most: most, changed: make(chan struct{}, 1)}
}

// Run begins the tasks that next hands out, until it has no more or ctx ends,
// and returns when all have ended, forked ones too.
func (p *Pool) Run(ctx context.Context, next func() (task func(), ok bool, err error)) error {
	defer p.tasks.Wait()
	defer p.drain()
	for {
		if err := p.room(ctx); err != nil {
			return err
		}
		task, ok, err := next()
		if err != nil || !ok {
			return err
		}
		p.mu.Lock()
		p.begin(task)
		p.mu.Unlock()
	}
}

// Fork begins a task beside those that are under way, if one is of use that
// could not be had from Run's next. A task may fork as long as it runs.
func (p *Pool) Fork(task func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.spare() {
		return false
	}
	p.begin(task)
	return true
}

// Spare tells whether Fork would begin a task.
func (p *Pool) Spare() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spare()
}

// Active is how many tasks are under way.
func (p *Pool) Active() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.active
}

func (p *Pool) spare() bool { return p.drained && p.active < p.limit() }

func (p *Pool) limit() int { return min(p.most, p.load.Wanted()) }

func (p *Pool) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drained = true
}

// begin runs a task. The lock is held.
func (p *Pool) begin(task func()) {
	p.active++
	p.tasks.Go(func() {
		defer p.end()
		task()
	})
}

func (p *Pool) end() {
	p.mu.Lock()
	p.active--
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// room waits until one more task is of use.
func (p *Pool) room(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		p.mu.Lock()
		free := p.active < p.limit()
		p.mu.Unlock()
		if free {
			return nil
		}
		select {
		case <-p.changed:
		case <-p.load.Grown():
		case <-ctx.Done():
		}
	}
}
