// Package limiter decides when calls begin: evenly, within the limits of the
// App Key and of each user, with as many in flight as it takes to reach the
// limit and no more.
//
// Calls of a family share a limit. When the service refuses more of them than
// other clients of the App Key explain, the family slows down to what the
// service accepts; when it refuses most of them, the family pauses. Answers
// that take much longer than usual let fewer calls of all families be in
// flight. Budgets keep the count, in memory or shared by the processes of one
// machine.
package limiter

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// DefaultMaxInFlight bounds the calls in flight, whatever a service takes: each
// holds a page in memory.
const DefaultMaxInFlight = 256

// Options are a limiter's settings. The zero value limits nothing but the calls
// in flight.
type Options struct {
	Limits      Limits
	Budgets     Budgets     // keep the count of calls; nil: in memory
	MaxInFlight int         // calls in flight; 0: DefaultMaxInFlight
	Clock       clock.Clock // nil: the machine's
}

// Limiter holds the calls of one process to one App Key together. It is safe
// for concurrent use.
type Limiter struct {
	clock   clock.Clock
	limits  Limits
	budgets Budgets

	mu       sync.Mutex
	families map[string]*family
	inFlight inFlight
	freed    chan struct{} // closed when a call has ended
	grown    chan struct{} // holds one element when more callers are of use
	parked   int
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

// Limits returns the limits that the limiter keeps to.
func (l *Limiter) Limits() Limits { return l.limits }

// Begin waits until a call of a family may begin, in the order of asking within
// the family, and counts it. The user is the one whose own limit it counts
// against, where the family has one: waiting for that holds up nobody else.
// After an error, which is ctx's or the budgets', no call may be made.
func (l *Limiter) Begin(ctx context.Context, family, user string) (*Call, error) {
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

// begin is Begin that returns how long the user's own limit is full. It is
// asked when the call could go out, because the service counts arrivals.
func (l *Limiter) begin(ctx context.Context, f *family, user string) (_ *Call, full time.Duration, err error) {
	leave, err := f.enter(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer leave()
	if !f.limits.App.None() || !f.limits.User.None() {
		// A budget may take long: it is asked without a place in flight.
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
	return 0, l.budgets.Wait(ctx, f.name, f.limits.App)
}

// admit waits until the family's next call is due and there is room in flight
// and, with take, takes both.
func (l *Limiter) admit(ctx context.Context, f *family, take bool) (*Call, error) {
	for {
		c, wait, err := l.try(ctx, f, take)
		switch {
		case err != nil:
			return nil, err
		case wait.freed != nil:
			select {
			case <-wait.freed:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		case wait.time > 0:
			if err := l.clock.Sleep(ctx, wait.time); err != nil {
				return nil, err
			}
		default:
			return c, nil
		}
	}
}

// wait is what a call waits for: a time, or, when too many are in flight, a
// channel that is closed when one of them has ended.
type wait struct {
	time  time.Duration
	freed <-chan struct{}
}

func (l *Limiter) try(ctx context.Context, f *family, take bool) (*Call, wait, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	switch due := f.due(now); {
	case ctx.Err() != nil:
		return nil, wait{}, ctx.Err()
	case due > 0:
		return nil, wait{time: due}, nil
	case l.inFlight.full():
		l.inFlight.wanted = now
		return nil, wait{freed: l.freed}, nil
	case !take:
		return nil, wait{}, nil
	}
	return l.take(f, now), wait{}, nil
}

// take begins a call. l.mu must be held, so that no call begins after the one
// that stops them.
func (l *Limiter) take(f *family, now time.Time) *Call {
	f.take(now)
	l.inFlight.add()
	l.calls++
	if l.stopAt > 0 && l.calls == l.stopAt {
		l.stop()
	}
	return &Call{limiter: l, family: f, number: f.calls, began: now}
}

// release ends a call in flight and wakes those that wait for room. l.mu must
// be held.
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

// Park waits for d on one user's or one call's account: other callers are of
// use meanwhile. The error is ctx's.
func (l *Limiter) Park(ctx context.Context, d time.Duration) error {
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

// Wanted returns how many callers are of use: enough for all places in flight,
// a few that wait for the next, and those that are parked.
func (l *Limiter) Wanted() int {
	const waiting, share = 2, 4
	l.mu.Lock()
	defer l.mu.Unlock()
	room := int(math.Ceil(l.inFlight.limit))
	return room + max(waiting, room/share) + l.parked
}

// Grown holds one element when Wanted may have become more.
func (l *Limiter) Grown() <-chan struct{} { return l.grown }

func (l *Limiter) notify() {
	select {
	case l.grown <- struct{}{}:
	default:
	}
}

// StopAfter calls stop, once, when the n-th call from now begins. No call begins
// after it whose context ends by that.
func (l *Limiter) StopAfter(n int, stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopAt, l.stop = l.calls+n, stop
}
