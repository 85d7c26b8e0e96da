package engine

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// At the end, when no user waits any more, those at work can use what is free.
func TestTasksForkAtTheEnd(t *testing.T) {
	p := NewPool(load(4), 50)
	var forked, together atomic.Int32
	release := make(chan struct{})
	handed := 0
	err := p.Run(t.Context(), func() (func(), bool, error) {
		handed++
		if handed > 1 {
			return nil, false, nil
		}
		return func() {
			for !p.Spare() { // until Run has found that there is nothing more
				runtime.Gosched()
			}
			for p.Fork(func() { together.Add(1); <-release }) {
				forked.Add(1)
			}
			if p.Spare() {
				t.Error("more are wanted")
			}
			close(release)
		}, true, nil
	})
	if err != nil || forked.Load() != 3 || together.Load() != 3 {
		t.Errorf("%d forked, %d ran, %v; want 3", forked.Load(), together.Load(), err)
	}
}
