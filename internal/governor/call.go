package governor

import (
	"slices"
	"time"
)

// Outcome is how a call ended, as far as it matters to the calls after it.
type Outcome int

// A call was answered, was refused for there having been too many (429), met a
// service or network that can't cope (5xx, a time-out, a cut connection), or
// was given up by the caller.
const (
	Answered Outcome = iota
	Refused
	Overloaded
	Abandoned
)

// What is left of the limits after each kind of trouble, and how much longer
// than usual calls may take: until the limit is held, and until it is cut.
const (
	afterRefusal  = 0.7
	afterOverload = 0.8
	afterDelay    = 0.9
	slowToGrow    = 1.5
	slowToCut     = 2.5
)

// Call is a call under way.
type Call struct {
	g            *Governor
	lane         *lane
	number       int // of the lane's calls
	began        time.Time
	ownerLimited bool
}

// End says how the call ended; retryAfter is what a refusal asked for, 0 when
// it asked for nothing. It is called once.
func (c *Call) End(o Outcome, retryAfter time.Duration) {
	g := c.g
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	switch o {
	case Answered:
		c.answered(now)
	case Refused:
		c.refused(now, retryAfter)
	case Overloaded:
		c.slow(now, afterOverload)
	case Abandoned:
	}
	g.land()
}

func (c *Call) answered(now time.Time) {
	l, took := &c.lane.latency, now.Sub(c.began)
	if c.began.After(c.g.brake.last) {
		c.g.brake.passed++
	}
	l.add(now, c.number, took)
	switch {
	case l.slow():
		c.slow(now, afterDelay)
	case l.slower():
		c.g.flight.hold(c.lane.rate.PerSecond() * l.best() / float64(time.Second))
	case l.late > 0: // one that says nothing
	case c.g.flight.reach(c.lane.rate.PerSecond() * took.Seconds()), c.g.flight.grow(c.began):
		c.g.notify()
	}
}

// slow makes less room in flight, once for all calls that were under way
// together.
func (c *Call) slow(now time.Time, part float64) {
	if c.began.After(c.g.flight.cutAt) {
		c.g.flight.cut(now, part)
	}
}

func (c *Call) refused(now time.Time, retryAfter time.Duration) {
	b := &c.g.brake
	b.refused++
	if c.ownerLimited && !c.lane.volley(now) {
		return
	}
	if !c.began.After(b.last) {
		// The answer to a refusal is on its way already; only a longer
		// pause is news.
		if until := now.Add(retryAfter); until.After(b.until) {
			b.until = until
		}
		return
	}
	b.pull(now, retryAfter)
	for _, l := range c.g.lanes {
		l.cut(now, b.until, afterRefusal)
	}
	c.g.flight.cut(now, afterRefusal)
}

// volley tells whether refusals come so close together that no single user's
// limit can be the reason.
func (l *lane) volley(now time.Time) bool {
	l.refused = slices.DeleteFunc(l.refused, func(at time.Time) bool { return now.Sub(at) > time.Second })
	l.refused = append(l.refused, now)
	return len(l.refused) >= volley
}
