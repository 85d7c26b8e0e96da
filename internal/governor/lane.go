package governor

import (
	"context"
	"time"
)

const (
	// catchUp is how far a lane may fall behind its rate and still make up
	// for it, the beginning included: timers are late by a little, which must
	// not add up. A limit of so many calls a second takes a quarter of them at
	// once, wherever its seconds begin.
	catchUp = 250 * time.Millisecond
	// lowest is the least part of its rate that a lane is cut to.
	lowest = 0.1
	// recovery is the part of its rate that a lane gets back each second.
	recovery = 0.05
)

// lane is a family of calls that begin one after the other.
type lane struct {
	turn chan struct{} // holds one while somebody has the turn
	rate Rate

	next    time.Time // when the next call is due
	factor  float64   // of the rate that is used, lowest..1
	changed time.Time // when the factor was last cut or raised

	calls   int
	latency latency
	pulse   pulse
	refused []time.Time // by an owner's limit, as it seems, within a second
}

func newLane() *lane { return &lane{turn: make(chan struct{}, 1), factor: 1} }

// enter waits for the turn, in the order of arrival.
func (l *lane) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// due is how long until the next call; 0 or less for now.
func (l *lane) due(now time.Time) time.Duration { return l.next.Sub(now) }

// take sets when the call after this one is due.
func (l *lane) take(now time.Time, rate Rate) {
	l.recover(now)
	if l.next.Before(now.Add(-catchUp)) {
		l.next = now.Add(-catchUp)
	}
	if per := rate.PerSecond(); per > 0 {
		l.next = l.next.Add(time.Duration(float64(time.Second) / (per * l.factor)))
	}
}

func (l *lane) recover(now time.Time) {
	if l.factor >= 1 {
		return
	}
	if seconds := int(now.Sub(l.changed) / time.Second); seconds > 0 {
		l.factor = min(1, l.factor+recovery*float64(seconds))
		l.changed = l.changed.Add(time.Duration(seconds) * time.Second)
	}
}

// cut leaves a part of the rate, and begins to give it back at a time.
func (l *lane) cut(now, from time.Time, part float64) {
	l.recover(now)
	l.factor, l.changed = max(lowest, l.factor*part), from
}

func (l *lane) count(now time.Time) {
	l.calls++
	l.pulse.beat(now)
}
