package engine

import (
	"context"
	"sync"
)

// Load says how many tasks at a time the service can use.
type Load interface {
	Wanted() int
	// Grown holds one element when Wanted may have become more.
	Grown() <-chan struct{}
}

// Pool runs tasks, as many at a time as its Load wants.
type Pool struct {
	load  Load
	limit int

	mu      sync.Mutex
	active  int
	drained bool // next has no more tasks; those that run may fork
	changed chan struct{}
	tasks   sync.WaitGroup
}

// NewPool returns a pool that runs at most limit tasks at a time.
func NewPool(load Load, limit int) *Pool {
	return &Pool{load: load, limit: limit, changed: make(chan struct{}, 1)}
}

// Run starts the tasks that next returns, until it has no more or ctx ends, and
// returns when all have ended, forked ones too.
func (p *Pool) Run(ctx context.Context, next func() (task func(), ok bool, err error)) error {
	defer p.tasks.Wait()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.drained = true
	}()
	for {
		if err := p.wait(ctx); err != nil {
			return err
		}
		task, ok, err := next()
		if err != nil || !ok {
			return err
		}
		p.mu.Lock()
		p.start(task)
		p.mu.Unlock()
	}
}

// Fork starts a task beside the others if the pool has room that Run's next can't
// fill, and reports whether it did. Only a running task may fork.
func (p *Pool) Fork(task func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.spare() {
		return false
	}
	p.start(task)
	return true
}

// Spare reports whether Fork would start a task.
func (p *Pool) Spare() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spare()
}

// Active is how many tasks are running.
func (p *Pool) Active() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.active
}

// spare, free and start need p.mu to be held.
func (p *Pool) spare() bool { return p.drained && p.free() }

func (p *Pool) free() bool { return p.active < min(p.limit, p.load.Wanted()) }

func (p *Pool) start(task func()) {
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
	wake(p.changed)
}

// wait waits until one more task can run.
func (p *Pool) wait(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		p.mu.Lock()
		free := p.free()
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
