package governor

import "time"

const (
	// baseWindow is how long the shortest latency is remembered, at least
	// and up to twice as long: a service that has become slower for good is
	// the usual one after that.
	baseWindow = 15 * time.Second
	// weight is that of one answer in the latency of late.
	weight = 0.2
	// slack is a delay that nobody needs to care about: a busy machine, a
	// late timer.
	slack = 10 * time.Millisecond
)

// latency is how long a family's calls take: of late, and at best.
type latency struct {
	recent  float64 // in ns, a moving mean
	best    [2]time.Duration
	rotated time.Time
}

func (l *latency) add(now time.Time, d time.Duration) {
	if l.recent == 0 {
		l.recent, l.best, l.rotated = float64(d), [2]time.Duration{d, d}, now
	}
	if now.Sub(l.rotated) >= baseWindow {
		l.best, l.rotated = [2]time.Duration{d, l.best[0]}, now
	}
	l.recent += weight * (float64(d) - l.recent)
	l.best[0] = min(l.best[0], d)
}

// above tells whether calls of late take more than so many times the shortest.
func (l *latency) above(times float64) bool { return l.exceeds(l.recent, times) }

func (l *latency) exceeds(took, times float64) bool {
	return took > times*float64(min(l.best[0], l.best[1]))+float64(slack)
}
