package browse

import (
	"context"
	"sync"

	tea "charm.land/bubbletea/v2"
)

// reader does work in the background. Works with the same turn wait for each other: a
// source is not safe for concurrent use.
type reader struct {
	ctx    context.Context //nolint:containedctx // of all work; it ends with the browser
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// turn is held by the work that runs.
type turn chan struct{}

func newReader(ctx context.Context) *reader {
	r := &reader{}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r
}

// do returns a command that waits for its turn and then works. err is not nil if ctx
// ended before; then work must not touch what the turn is for.
func (r *reader) do(ctx context.Context, t turn, work func(ctx context.Context, err error) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !r.begin() {
			return nil
		}
		defer r.running.Done()
		select {
		case t <- struct{}{}:
			defer func() { <-t }()
			return work(ctx, context.Cause(ctx))
		case <-ctx.Done():
			return work(ctx, context.Cause(ctx))
		}
	}
}

func (r *reader) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.running.Add(1)
	}
	return !r.closed
}

// close cancels all work and waits for its end.
func (r *reader) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.running.Wait()
}
