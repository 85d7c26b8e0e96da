package limiter

import "time"

// Result is how a call ended.
type Result int

// The results of a call.
const (
	Answered   Result = iota
	Refused           // 429
	Overloaded        // 5xx, a timeout, a broken connection
	Cancelled         // by the caller
)

// Outcome is a call's result, and how long a refusal asked to wait, if it did.
type Outcome struct {
	Result     Result
	RetryAfter time.Duration
}

const (
	// The limit of calls in flight is multiplied by these.
	afterOverload = 0.8
	afterDelay    = 0.9
	// How many times as long as usual calls take before the limit stops growing,
	// and before it is cut.
	slowToGrow = 1.5
	slowToCut  = 2.5
)

// Call is a call in flight.
type Call struct {
	limiter *Limiter
	family  *family
	number  int // of the family's calls
	began   time.Time
}

// End ends the call. It must be called once.
func (c *Call) End(o Outcome) {
	l := c.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	switch o.Result {
	case Answered:
		c.family.answered(now, c.began, false, 0)
		c.took(now)
	case Refused:
		l.refused++
		c.family.answered(now, c.began, true, o.RetryAfter)
	case Overloaded:
		c.slow(now, afterOverload)
	case Cancelled:
	}
	l.release()
}

// took adapts the limit of calls in flight to how long this one took.
func (c *Call) took(now time.Time) {
	t, took := &c.family.latency, now.Sub(c.began)
	perSecond := c.family.limits.App.PerSecond()
	t.add(now, c.number, took)
	switch {
	case t.slow():
		c.slow(now, afterDelay)
	case t.slower():
		c.limiter.inFlight.hold(perSecond * t.best() / float64(time.Second))
	case t.late > 0: // one late answer is no reason to grow or cut
	case c.limiter.inFlight.reach(perSecond * took.Seconds()), c.limiter.inFlight.grow(c.began):
		c.limiter.notify()
	}
}

// slow cuts the limit of calls in flight, once for all that were in flight together.
func (c *Call) slow(now time.Time, part float64) {
	if c.began.After(c.limiter.inFlight.cutAt) {
		c.limiter.inFlight.cut(now, part)
	}
}
