package limiter

import "time"

// Result is how a call ended, as far as it matters to the calls after it.
type Result int

// A call was answered, was refused because there were too many (429), met a
// service or network that is overloaded (5xx, a timeout, a cut connection), or
// was cancelled by the caller.
const (
	Answered Result = iota
	Refused
	Overloaded
	Cancelled
)

// Outcome is how a call ended. RetryAfter is what a refusal asked for; 0 when
// it asked for nothing.
type Outcome struct {
	Result     Result
	RetryAfter time.Duration
}

// What is left of the calls in flight after each kind of trouble, and how much
// longer than usual calls may take: until the number is held, and until it is
// cut.
const (
	afterOverload = 0.8
	afterDelay    = 0.9
	slowToGrow    = 1.5
	slowToCut     = 2.5
)

// Call is a call in flight.
type Call struct {
	limiter *Limiter
	family  *family
	number  int // of the family's calls
	began   time.Time
}

// End says how the call ended. It is called once.
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

// took lets more or fewer calls be in flight, by how long this one took.
func (c *Call) took(now time.Time) {
	t, took := &c.family.latency, now.Sub(c.began)
	perSecond := c.family.limits.App.PerSecond()
	t.add(now, c.number, took)
	switch {
	case t.slow():
		c.slow(now, afterDelay)
	case t.slower():
		c.limiter.inFlight.hold(perSecond * t.best() / float64(time.Second))
	case t.late > 0: // a single one says nothing
	case c.limiter.inFlight.reach(perSecond * took.Seconds()), c.limiter.inFlight.grow(c.began):
		c.limiter.notify()
	}
}

// slow lets fewer calls be in flight, once for all that were in flight together.
func (c *Call) slow(now time.Time, part float64) {
	if c.began.After(c.limiter.inFlight.cutAt) {
		c.limiter.inFlight.cut(now, part)
	}
}
