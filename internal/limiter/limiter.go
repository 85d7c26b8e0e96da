// Package limiter decides when calls begin: evenly, within the limits of the App Key
// and of each user, and with no more in flight than the limit needs.
//
// The calls of a family share a limit. When the service refuses more of them than
// other clients of the App Key explain, the family slows down to the rate that the
// service accepts. When it refuses most of them, the family pauses. When answers take
// much longer than usual, fewer calls of all families may be in flight. Budgets count
// the calls, in memory or shared by the processes of one machine.
package limiter

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// DefaultMaxInFlight is the most calls in flight: each holds a page in memory.
const DefaultMaxInFlight = 256

// Options are a limiter's settings. The zero value limits only the calls in flight.
type Options struct {
	Limits      Limits
	Budgets     Budgets     // nil: in memory
	MaxInFlight int         // 0: DefaultMaxInFlight
	Clock       clock.Clock // nil: the system's
}

// Limiter limits the calls of one process to one App Key. It is safe for concurrent
// use.
type Limiter struct {
	clock   clock.Clock
	limits  Limits
	budgets Budgets

	mu       sync.Mutex
	families map[string]*family
	inFlight inFlight
	freed    chan struct{} // closed when a call ends
	grown    chan struct{} // holds an element when Wanted has grown
	parked   int
	waiting  atomic.Int64 // callers in Begin or Park
	calls    int
	refused  int
	stopAt   int
	stop     func()
}

// New makes a limiter.
func New(o Options) *Limiter {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Budgets == nil {
		o.Budgets = InMemory(o.Clock)
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = DefaultMaxInFlight
	}
	return &Limiter{
		clock: o.Clock, limits: o.Limits, budgets: o.Budgets, families: map[string]*family{},
		inFlight: newInFlight(o.MaxInFlight), freed: make(chan struct{}), grown: make(chan struct{}, 1),
	}
}

// Limits returns the limiter's limits.
func (l *Limiter) Limits() Limits { return l.limits }

// Begin waits until a call of a family may begin, first come first served, and
// counts it. It counts against the user's own limit as well, if the family has one;
// waiting for that delays no other user. After an error, which is ctx's or the
// budgets', no call may be made.
func (l *Limiter) Begin(ctx context.Context, family, user string) (*Call, error) {
	l.waiting.Add(1)
	defer l.waiting.Add(-1)
	f := l.family(family)
	for {
		c, full, err := l.begin(ctx, f, user)
		if full == 0 || err != nil {
			return c, err
		}
		if err := l.Park(ctx, full); err != nil {
			return nil, err
		}
	}
}

// begin is Begin, but returns how long the user's own limit is full. It takes
// from the budgets when the call can be sent, because the service counts arrivals.
func (l *Limiter) begin(ctx context.Context, f *family, user string) (_ *Call, full time.Duration, err error) {
	leave, err := f.enter(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer leave()
	if !f.limits.App.None() || !f.limits.User.None() {
		// The call takes a place in flight after the budgets, which may be full for long.
		if _, err := l.admit(ctx, f, false); err != nil {
			return nil, 0, err
		}
		if full, err = l.count(ctx, f, user); full > 0 || err != nil {
			return nil, full, err
		}
	}
	c, err := l.admit(ctx, f, true)
	return c, 0, err
}

// count takes a call from the user's budget, and waits for the App Key's.
func (l *Limiter) count(ctx context.Context, f *family, user string) (full time.Duration, err error) {
	if !f.limits.User.None() {
		full, err = l.budgets.Take(ctx, f.name+" "+user, f.limits.User)
		if full > 0 || err != nil {
			return full, err
		}
	}
	if f.limits.App.None() {
		return 0, ctx.Err()
	}
	for {
		wait, err := l.budgets.Take(ctx, f.name, f.limits.App)
		if wait <= 0 || err != nil {
			return 0, err
		}
		if err := l.clock.Sleep(ctx, wait); err != nil {
			return 0, err
		}
	}
}

// admit waits until the family's next call is due and there is a place in flight.
// With take it begins the call.
func (l *Limiter) admit(ctx context.Context, f *family, take bool) (*Call, error) {
	for {
		c, wait, err := l.try(ctx, f, take)
		if wait == nil || err != nil {
			return c, err
		}
		if err := wait(); err != nil {
			return nil, err
		}
	}
}

// try is admit without waiting: wait, if not nil, waits until the next try.
func (l *Limiter) try(ctx context.Context, f *family, take bool) (_ *Call, wait func() error, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	switch due := f.due(now); {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case due > 0:
		return nil, func() error { return l.clock.Sleep(ctx, due) }, nil
	case l.inFlight.full():
		l.inFlight.wanted = now
		freed := l.freed
		return nil, func() error {
			select {
			case <-freed:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}, nil
	case !take:
		return nil, nil, nil
	}
	return l.take(f, now), nil, nil
}

// take begins a call. l.mu must be held: no call begins after the one that stops
// them.
func (l *Limiter) take(f *family, now time.Time) *Call {
	f.take(now)
	l.inFlight.add()
	l.calls++
	if l.stopAt > 0 && l.calls == l.stopAt {
		l.stop()
	}
	return &Call{limiter: l, family: f, number: f.calls, began: now}
}

// release ends a call in flight and wakes those that wait for a place. l.mu must be
// held.
func (l *Limiter) release() {
	l.inFlight.now--
	close(l.freed)
	l.freed = make(chan struct{})
}

func (l *Limiter) family(name string) *family {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.families[name]
	if f == nil {
		f = newFamily(name, l.limits[name])
		l.families[name] = f
	}
	return f
}

// IsWaiting reports whether a call waits for a limit or after a failure.
func (l *Limiter) IsWaiting() bool { return l.waiting.Load() > 0 }

// Park waits for d on behalf of one caller, and lets another one work meanwhile. The
// error is ctx's.
func (l *Limiter) Park(ctx context.Context, d time.Duration) error {
	l.waiting.Add(1)
	defer l.waiting.Add(-1)
	l.mu.Lock()
	l.parked++
	l.notify()
	l.mu.Unlock()
	err := l.clock.Sleep(ctx, d)
	l.mu.Lock()
	l.parked--
	l.mu.Unlock()
	return err
}

// Wanted returns how many callers keep the limiter busy: one for each place in
// flight, a few that wait for the next, and the parked ones.
func (l *Limiter) Wanted() int {
	const waiting, part = 2, 4
	l.mu.Lock()
	defer l.mu.Unlock()
	room := int(math.Ceil(l.inFlight.limit))
	return room + max(waiting, room/part) + l.parked
}

// Grown returns a channel that holds an element when Wanted may have grown.
func (l *Limiter) Grown() <-chan struct{} { return l.grown }

func (l *Limiter) notify() {
	select {
	case l.grown <- struct{}{}:
	default:
	}
}

// StopAfter calls stop, once, when the n-th call from now begins. No call begins after
// the n-th if stop cancels its context.
func (l *Limiter) StopAfter(n int, stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopAt, l.stop = l.calls+n, stop
}
