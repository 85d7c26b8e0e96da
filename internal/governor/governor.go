// Package governor decides when the calls of one process begin: evenly, at
// the rate that a limit allows, with as many in flight as it takes to reach
// that rate and no more. A refusal, or an answer that takes much longer than
// the others did, holds all calls back together, and they come back step by
// step.
//
// Calls of a family share a lane. What a lane does not know is what other
// processes do: Ask.Budget asks for that.
package governor

import (
	"context"
	"math"
	"sync"
	"time"
)

// Clock is the time that calls are measured and held back by.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or until ctx ends and then returns its error.
	Sleep(ctx context.Context, d time.Duration) error
}

// Rate is so many calls in any stretch of time Per. The zero Rate is no limit.
type Rate struct {
	Calls int
	Per   time.Duration
}

// PerSecond is the rate in calls a second; 0 for no limit.
func (r Rate) PerSecond() float64 {
	if r.Calls <= 0 || r.Per <= 0 {
		return 0
	}
	return float64(r.Calls) / r.Per.Seconds()
}

// Ask is what a caller says of a call that it is about to make.
type Ask struct {
	Family string // of calls that share a limit
	Rate   Rate   // that limit
	// OwnerLimited tells that the call may be refused because of one user's
	// own limit, which says nothing about the calls for others.
	OwnerLimited bool
	// Budget waits for whatever else has to allow the call, such as other
	// processes; nil: nothing has. It runs alone within the family, when the
	// call could begin otherwise.
	Budget func(ctx context.Context) error
}

// Governor holds the calls of one process together. It is safe for concurrent
// use.
type Governor struct {
	clock Clock

	mu     sync.Mutex
	lanes  map[string]*lane
	flight flight
	brake  brake
	freed  chan struct{} // closed when a call has ended
	grown  chan struct{} // holds one when more callers are of use
	parked int
	calls  int
	stopAt int
	stop   func()
}

// New makes a governor that lets at most so many calls be in flight.
func New(clock Clock, most int) *Governor {
	return &Governor{
		clock: clock, lanes: map[string]*lane{}, flight: newFlight(most),
		freed: make(chan struct{}), grown: make(chan struct{}, 1),
	}
}

// Begin waits until a call may begin, in the order of asking within a family.
// After an error, which is ctx's or the budget's, no call may be made.
func (g *Governor) Begin(ctx context.Context, ask Ask) (*Call, error) {
	l := g.lane(ask)
	leave, err := l.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if ask.Budget != nil {
		// It may take long, and counts a call: it is asked when the call
		// could begin, and has no place in flight meanwhile.
		if _, err := g.admit(ctx, l, ask, false); err != nil {
			return nil, err
		}
		if err := ask.Budget(ctx); err != nil {
			return nil, err
		}
	}
	return g.admit(ctx, l, ask, true)
}

// admit waits until the lane's next call is due and there is room in flight
// and, if told to, takes both.
func (g *Governor) admit(ctx context.Context, l *lane, ask Ask, take bool) (*Call, error) {
	for {
		c, wait, err := g.try(ctx, l, ask, take)
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
			if err := g.clock.Sleep(ctx, wait.time); err != nil {
				return nil, err
			}
		default:
			return c, nil
		}
	}
}

// wait is what stands between a call and its beginning: a time, or, when all
// places are taken, a channel that is closed when one has become free.
type wait struct {
	time  time.Duration
	freed <-chan struct{}
}

func (g *Governor) try(ctx context.Context, l *lane, ask Ask, take bool) (*Call, wait, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	switch {
	case ctx.Err() != nil:
		return nil, wait{}, ctx.Err()
	case g.brake.until.After(now):
		return nil, wait{time: g.brake.until.Sub(now)}, nil
	case l.due(now) > 0:
		return nil, wait{time: l.due(now)}, nil
	case g.flight.full():
		g.flight.wanted = now
		return nil, wait{freed: g.freed}, nil
	case !take:
		return nil, wait{}, nil
	}
	return g.take(l, ask, now), wait{}, nil
}

// take begins a call. The lock is held: whoever is stopped by it has not begun
// theirs.
func (g *Governor) take(l *lane, ask Ask, now time.Time) *Call {
	l.take(now, ask.Rate)
	l.count(now)
	g.flight.now++
	g.flight.most = max(g.flight.most, g.flight.now)
	g.calls++
	if g.stopAt > 0 && g.calls == g.stopAt {
		g.stop()
	}
	return &Call{g: g, lane: l, number: l.calls, began: now, ownerLimited: ask.OwnerLimited}
}

// land frees a place and wakes those who wait for one. The lock is held.
func (g *Governor) land() {
	g.flight.now--
	close(g.freed)
	g.freed = make(chan struct{})
}

// lane is a family's, made on first use.
func (g *Governor) lane(ask Ask) *lane {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lanes[ask.Family]
	if l == nil {
		l = newLane()
		g.lanes[ask.Family] = l
	}
	l.rate = ask.Rate
	return l
}

// Park tells that a caller waits for something that is its own business, such
// as one user's limit, until unpark: others are of use meanwhile.
func (g *Governor) Park() (unpark func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.parked++
	g.notify()
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.parked--
	}
}

// Wanted is how many callers are of use: enough for all places in flight, a
// few that wait for the next, and those that are parked.
func (g *Governor) Wanted() int {
	const waiting, share = 2, 4
	g.mu.Lock()
	defer g.mu.Unlock()
	room := int(math.Ceil(g.flight.limit))
	return room + max(waiting, room/share) + g.parked
}

// Grown holds one element when Wanted may have become more.
func (g *Governor) Grown() <-chan struct{} { return g.grown }

func (g *Governor) notify() {
	select {
	case g.grown <- struct{}{}:
	default:
	}
}

// StopAfter has stop called, once, when the n-th call from now begins. No call
// begins after it whose context ends by that.
func (g *Governor) StopAfter(n int, stop func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopAt, g.stop = g.calls+n, stop
}
