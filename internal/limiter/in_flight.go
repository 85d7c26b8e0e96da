package limiter

import "time"

const (
	firstInFlight = 4
	leastInFlight = 2
)

// inFlight is how many calls are in flight. The limit grows only while more
// calls are due than there is room for, and answers come as fast as they used
// to; so it settles at rate times latency, or where the service is at its own
// limit.
type inFlight struct {
	now, most int
	limit     float64
	highest   float64
	wanted    time.Time // when a call was last due and there was no room
	steady    bool      // answers took longer once: the limit grows slowly from there
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

// grow makes more room when there was none for a while of the call that began
// then: by one for each answer at first, later by one for each round of
// answers. It reports whether it did.
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

// reach makes as much room as a family's rate needs at its latency, at once,
// as long as nothing has gone wrong. It reports whether it did.
func (f *inFlight) reach(needed float64) bool {
	needed = min(f.highest, needed+1)
	if f.steady || f.limit >= needed {
		return false
	}
	f.limit = needed
	return true
}

// hold ends the quick growth. It doubles from one round of answers to the next,
// so that half of it may be too much, but for what a family is known to need.
func (f *inFlight) hold(needed float64) {
	if !f.steady {
		f.limit = min(f.limit, max(f.limit/2, needed+1, leastInFlight))
	}
	f.steady = true
}

// cut leaves a part of the limit.
func (f *inFlight) cut(now time.Time, part float64) {
	f.limit, f.steady, f.cutAt = max(min(leastInFlight, f.highest), f.limit*part), true, now
}
