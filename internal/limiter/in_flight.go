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

// Outcome is a call's result, and the Retry-After of a refusal.
type Outcome struct {
	Result     Result
	RetryAfter time.Duration
}

const (
	// The limit of calls in flight is multiplied by these.
	afterOverload = 0.8
	afterDelay    = 0.9
	// Latency, relative to the usual, at which the limit stops growing and is cut.
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

const (
	firstInFlight = 4
	minInFlight   = 2
)

// inFlight counts and limits the calls in flight. The limit grows only while more
// calls are due than fit and answers are as fast as usual. So it settles at rate
// times latency, or at the service's own limit.
type inFlight struct {
	now, most int
	limit     float64
	highest   float64
	wanted    time.Time // when a call was last due and did not fit
	steady    bool      // answers took longer once: the limit grows slowly since
	cutAt     time.Time
}

func newInFlight(highest int) inFlight {
	return inFlight{limit: min(firstInFlight, float64(highest)), highest: float64(highest)}
}

func (f *inFlight) full() bool { return float64(f.now) >= f.limit }

func (f *inFlight) add() {
	f.now++
	f.most = max(f.most, f.now)
}

// grow raises the limit if a call did not fit since the answered one began: by one
// for each answer at first, later by one for each round of answers. It reports
// whether it did.
func (f *inFlight) grow(began time.Time) bool {
	if f.wanted.Before(began) || f.limit >= f.highest {
		return false
	}
	step := 1.0
	if f.steady {
		step = 1 / f.limit
	}
	f.limit = min(f.highest, f.limit+step)
	return true
}

// reach raises the limit at once to what a family's rate needs at its latency, unless
// answers took longer once. It reports whether it did.
func (f *inFlight) reach(needed float64) bool {
	needed = min(f.highest, needed+1)
	if f.steady || f.limit >= needed {
		return false
	}
	f.limit = needed
	return true
}

// hold ends the quick growth, which doubles the limit with each round of answers: half
// of it may be too much, except what a family is known to need.
func (f *inFlight) hold(needed float64) {
	if !f.steady {
		f.limit = min(f.limit, max(f.limit/2, needed+1, minInFlight))
	}
	f.steady = true
}

// cut multiplies the limit by part.
func (f *inFlight) cut(now time.Time, part float64) {
	f.limit, f.steady, f.cutAt = max(min(minInFlight, f.highest), f.limit*part), true, now
}
