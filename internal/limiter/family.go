package limiter

import (
	"context"
	"time"
)

const (
	// catchUp is how far a family may fall behind its rate and still catch up, also
	// at the beginning: timers are late by a little, which must not add up.
	catchUp = 250 * time.Millisecond
	// minFactor is the least part of its limit that a family is cut to.
	minFactor = 0.1
	// recovery is the part of its limit that a family regains each second, and
	// slowRecovery until quiet after the last refusal.
	recovery     = 0.05
	slowRecovery = 0.01
	quiet        = 2 * time.Second
)

// family is the state of the calls that share a limit. They begin one by one.
type family struct {
	name   string
	limits FamilyLimits
	turn   chan struct{} // holds an element while a caller has the turn

	next      time.Time // when the next call is due
	factor    float64   // the part of the limit in use, minFactor to 1
	changed   time.Time // when the factor last changed
	refusedAt time.Time // when a call was last refused
	refusals  refusals

	calls   int
	latency latency
	meter   rateMeter
}

func newFamily(name string, limits FamilyLimits) *family {
	return &family{name: name, limits: limits, turn: make(chan struct{}, 1), factor: 1}
}

// enter waits for the turn, first come first served.
func (f *family) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case f.turn <- struct{}{}:
		return func() { <-f.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// due returns the time until the next call may begin; 0 or less is now.
func (f *family) due(now time.Time) time.Duration {
	return max(f.next.Sub(now), f.refusals.pausedUntil.Sub(now))
}

// take counts a call and sets when the next one is due.
func (f *family) take(now time.Time) {
	f.recover(now)
	if f.next.Before(now.Add(-catchUp)) {
		f.next = now.Add(-catchUp)
	}
	// Calls of a limit by the minute are few: they begin as its budget allows.
	if per := f.limits.App.PerSecond(); per > 0 && f.limits.App.Per <= time.Second {
		f.next = f.next.Add(time.Duration(float64(time.Second) / (per * f.factor)))
	}
	f.calls++
	f.meter.add(now)
}

// recover returns a part of the limit for each second since the last change.
func (f *family) recover(now time.Time) {
	if f.factor >= 1 {
		return
	}
	if seconds := int(now.Sub(f.changed) / time.Second); seconds > 0 {
		step := recovery
		if now.Sub(f.refusedAt) < quiet {
			step = slowRecovery
		}
		f.factor = min(1, f.factor+step*float64(seconds))
		f.changed = f.changed.Add(time.Duration(seconds) * time.Second)
	}
}

// answered notes that a call was answered, or refused. When more calls are refused
// than tolerated, the rate becomes that of the accepted calls.
func (f *family) answered(now, began time.Time, refused bool, retryAfter time.Duration) {
	f.refusals.add(began, refused, retryAfter)
	if !refused {
		return
	}
	f.refusedAt = now
	limit := tolerated
	if !f.limits.User.None() {
		limit = toleratedOfUsers
	}
	if !f.refusals.exceed(limit) {
		return
	}
	f.recover(now)
	f.factor = max(minFactor, f.factor*f.refusals.cut(now))
	f.changed = now
	if until := f.refusals.pausedUntil; until.After(now) {
		f.changed = until
	}
}
