package limiter

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// maxWindow is the longest Per of a shared budget's limit.
const maxWindow = time.Minute

// margin is the part of Per by which a call is counted for longer: the service
// counts arrivals, and calls may arrive in another order than they were counted in.
const margin = 100

// Shared are budgets that the processes of one machine share. Each is a file with
// the times of its last calls, an exact sliding window. A lock, which ends with its
// process, lets one process at a time read and write them.
type Shared struct {
	folder string
	turn   chan struct{} // holds an element while a goroutine has or wants the lock
	clock  clock.Clock
	onWait func(time.Duration)
}

// SharedFolder returns the folder of the budgets of an App Key on a host, below the
// tool's state folder. Its name reveals neither.
func SharedFolder(state, host, appKey string) string {
	return filepath.Join(state, "quota", hash(strings.ToLower(host)+" "+appKey))
}

// OpenShared returns budgets in a folder, by the wall clock, which all processes
// read. The first Take creates the folder. onWait, if not nil, is called when a call
// must wait for a second or more, with the least time. It must be safe for concurrent
// use.
func OpenShared(folder string, c clock.Clock, onWait func(time.Duration)) *Shared {
	return &Shared{folder: folder, turn: make(chan struct{}, 1), clock: c, onWait: onWait}
}

// Take is part of Budgets. A limit's Per is at most maxWindow and the same in all
// processes. Where they disagree about Calls, each keeps to its own number over the
// calls of all. The error is ctx's, or says why the folder cannot be used.
func (s *Shared) Take(ctx context.Context, budget string, l Limit) (wait time.Duration, err error) {
	if l.None() || l.Per > maxWindow {
		return 0, fmt.Errorf("invalid budget of %d calls in %s", l.Calls, l.Per)
	}
	per := l.Per + l.Per/margin
	err = s.locked(ctx, func() error {
		now := s.clock.Now()
		w, found, err := s.read(budget)
		if err != nil {
			return err
		}
		corrupt := w.corrupt
		if corrupt {
			w = fullWindow(now, l.Calls)
		}
		moved := w.settle(now, per)
		if wait = w.take(now, l.Calls, per); wait > 0 && !corrupt && !moved {
			return nil
		}
		if !found {
			s.prune(now)
		}
		return s.write(budget, w)
	})
	if wait >= time.Second && s.onWait != nil {
		s.onWait(wait)
	}
	return wait, err
}
