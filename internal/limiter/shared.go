package limiter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// MaxWindow is the longest window that a budget can have.
const MaxWindow = time.Minute

// margin is the part of a window that it is kept longer than asked: a call
// that was counted first may well arrive after one that was counted next, and
// the service counts arrivals.
const margin = 100

// Shared are budgets that the processes of one machine share. Each is a file
// with the times of its last calls, an exact sliding window; a lock that dies
// with its process makes them take turns. Nobody waits for room in a budget
// while holding the lock.
type Shared struct {
	store  *store
	queues queues
	clock  clock.Clock
	onWait func(time.Duration)
}

// SharedOptions can be left at zero.
type SharedOptions struct {
	// Clock is the time that windows go by; nil: the machine's. A monotonic
	// clock would mean nothing to other processes.
	Clock clock.Clock
	// OnWait, if not nil, is called when a call has to wait for a second or
	// more, with the least time. It must be safe for concurrent use.
	OnWait func(time.Duration)
}

// SharedFolder returns the folder of the budgets of an App Key on a host, below
// the folder of the tool's state. Its name reveals neither.
func SharedFolder(state, host, appKey string) string {
	return filepath.Join(state, "quota", hash(strings.ToLower(host)+" "+appKey))
}

// OpenShared makes budgets over a folder. Nothing is created or read before the
// first call of Wait or Take.
func OpenShared(folder string, o SharedOptions) *Shared {
	s := &Shared{store: newStore(folder), clock: o.Clock, onWait: o.OnWait}
	if s.clock == nil {
		s.clock = clock.System()
	}
	if s.onWait == nil {
		s.onWait = func(time.Duration) {}
	}
	return s
}

// Wait is part of Budgets. A limit's Per is at most MaxWindow, and the same in
// all processes; where they disagree about Calls, each keeps to its own number
// over the calls of all. The error is ctx's, or says why the folder can't be
// used.
func (s *Shared) Wait(ctx context.Context, budget string, l Limit) error {
	_, err := s.wait(ctx, budget, l)
	return err
}

// Take is part of Budgets, with the limits and errors of Wait.
func (s *Shared) Take(ctx context.Context, budget string, l Limit) (full time.Duration, err error) {
	if err := check(l); err != nil {
		return 0, err
	}
	_, full, err = s.take(ctx, budget, l.Calls, l.Per+l.Per/margin)
	s.waits(full)
	return full, err
}

func check(l Limit) error {
	if l.None() || l.Per > MaxWindow {
		return fmt.Errorf("invalid budget of %d calls in %s", l.Calls, l.Per)
	}
	return nil
}

func (s *Shared) waits(d time.Duration) {
	if d >= time.Second {
		s.onWait(d)
	}
}

// wait is Wait that returns when the call was counted.
func (s *Shared) wait(ctx context.Context, budget string, l Limit) (time.Time, error) {
	if err := check(l); err != nil {
		return time.Time{}, err
	}
	leave, err := s.queues.enter(ctx, budget)
	if err != nil {
		return time.Time{}, err
	}
	defer leave()
	for {
		at, wait, err := s.take(ctx, budget, l.Calls, l.Per+l.Per/margin)
		if err != nil || wait <= 0 {
			return at, err
		}
		s.waits(wait)
		if err := s.clock.Sleep(ctx, wait); err != nil {
			return time.Time{}, err
		}
	}
}

// take counts a call, or returns how long the budget is full.
func (s *Shared) take(ctx context.Context, budget string, calls int, per time.Duration) (at time.Time, wait time.Duration, err error) {
	err = s.store.locked(ctx, func() error {
		at = s.clock.Now()
		w, fresh, err := s.store.read(budget)
		if err != nil {
			return err
		}
		var changed bool
		if w.unknown {
			w, changed = fullWindow(at, calls), true
		}
		changed = w.settle(at, per) || changed
		if wait = w.take(at, calls, per); wait > 0 && !changed {
			return nil
		}
		if fresh {
			s.store.prune(at)
		}
		return s.store.write(budget, w)
	})
	return at, wait, err
}

func hash(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}
