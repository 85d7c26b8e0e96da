// Package quota keeps the calls of all processes of one machine inside the
// limits of one App Key. Each budget is a file with the times of its last
// calls, an exact sliding window; a lock that dies with its process makes
// them take turns. Nobody waits for room in a budget while holding the lock.
package quota

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

// Clock is the time that windows go by. Processes share it, so it has to be
// the machine's: a monotonic clock means nothing to the others.
type Clock = clock.Clock

// Shared are the budgets of one App Key. It is safe for concurrent use.
type Shared struct {
	store   *store
	queues  queues
	clock   Clock
	waiting func(time.Duration)
}

// Options can be left at zero.
type Options struct {
	Clock Clock // nil: the machine's
	// Waiting is told, from any goroutine, that a call has to wait for a
	// second or more, and how long at least; nil: nobody is.
	Waiting func(time.Duration)
}

// Folder is where the budgets of an App Key on a host lie within the folder
// of what the tool remembers. Its name does not tell either.
func Folder(state, host, appKey string) string {
	return filepath.Join(state, "quota", hash(strings.ToLower(host)+" "+appKey))
}

// Open makes budgets over a folder. Nothing is made or read before the first
// Wait.
func Open(folder string, o Options) *Shared {
	s := &Shared{store: newStore(folder), clock: o.Clock, waiting: o.Waiting}
	if s.clock == nil {
		s.clock = clock.System()
	}
	if s.waiting == nil {
		s.waiting = func(time.Duration) {}
	}
	return s
}

// Wait returns when one more call fits into the budget of that name, which
// allows so many calls, 1 or more, in any stretch of time per, up to
// MaxWindow, and counts it. A budget has the same per in all processes; where
// they disagree about calls, each keeps to its own number over the calls of
// all.
//
// After an error nothing was counted. It is ctx's, or says why the folder
// can't be used.
func (s *Shared) Wait(ctx context.Context, budget string, calls int, per time.Duration) error {
	_, err := s.wait(ctx, budget, calls, per)
	return err
}

// Take is Wait that does not wait: when a call fits it is counted and 0 is
// returned, else how long none will.
func (s *Shared) Take(ctx context.Context, budget string, calls int, per time.Duration) (full time.Duration, err error) {
	if err := check(calls, per); err != nil {
		return 0, err
	}
	_, full, err = s.take(ctx, budget, calls, per+per/margin)
	s.tell(full)
	return full, err
}

func check(calls int, per time.Duration) error {
	if calls < 1 || per <= 0 || per > MaxWindow {
		return fmt.Errorf("no budget can be %d calls in %s", calls, per)
	}
	return nil
}

func (s *Shared) tell(wait time.Duration) {
	if wait >= time.Second {
		s.waiting(wait)
	}
}

// wait is Wait that tells when the call was counted.
func (s *Shared) wait(ctx context.Context, budget string, calls int, per time.Duration) (time.Time, error) {
	if err := check(calls, per); err != nil {
		return time.Time{}, err
	}
	leave, err := s.queues.enter(ctx, budget)
	if err != nil {
		return time.Time{}, err
	}
	defer leave()
	for {
		at, wait, err := s.take(ctx, budget, calls, per+per/margin)
		if err != nil || wait <= 0 {
			return at, err
		}
		s.tell(wait)
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
