package limiter

import "time"

const (
	// horizon is how long the usual latency is remembered, at least, and at most
	// twice as long. After that the latency of a slower service is the usual one.
	horizon = 15 * time.Second
	// enough is how many answers, of a second or more, make a usual latency.
	enough = 30
	// few is how many calls are enough at the beginning.
	few = 10
	// weight is the weight of one answer in the recent latency.
	weight = 0.2
	// worst bounds a late answer, in times of the usual latency.
	worst = 4
	// inARow is how many late answers in a row are no coincidence.
	inARow = 4
	// slack is a delay without meaning, of a busy machine or a late timer.
	slack = float64(10 * time.Millisecond)
)

// latency is how long a family's calls take, recently and usually, in nanoseconds.
type latency struct {
	recent  float64    // a moving mean
	first   mean       // of the first few calls; the first few answers would be the fastest
	current mean       // of the answers since the last usual latency
	lowest  [2]float64 // usual latencies of this horizon and the one before; 0 for none
	rotated time.Time
	late    int // late answers in a row
}

type mean struct {
	since time.Time
	sum   float64
	n     float64
}

func (m *mean) add(took float64) { m.sum, m.n = m.sum+took, m.n+1 }

// add notes the answer to a family's n-th call.
func (l *latency) add(now time.Time, number int, d time.Duration) {
	took := float64(d)
	if l.recent == 0 {
		l.recent, l.current.since, l.rotated = took, now, now
	}
	if usual := l.usual(); usual > 0 {
		took = min(took, worst*usual+slack)
	}
	l.recent += weight * (took - l.recent)
	l.late++
	if !exceeds(took, slowToGrow, l.best()) {
		l.late = 0
	}
	if number <= few {
		l.first.add(took)
	}
	l.current.add(took)
	if l.current.n < enough || now.Sub(l.current.since) < time.Second {
		return
	}
	if now.Sub(l.rotated) >= horizon {
		l.lowest, l.rotated, l.first = [2]float64{0, l.lowest[0]}, now, mean{}
	}
	l.lowest[0] = least(l.lowest[0], l.current.sum/l.current.n)
	l.current = mean{since: now}
}

// usual returns the lowest remembered mean; 0 when there is none yet.
func (l *latency) usual() float64 { return least(l.lowest[0], l.lowest[1]) }

// best is usual, or the mean of the first calls if that is lower. They are too few to
// cut the limit, but enough to stop its growth.
func (l *latency) best() float64 {
	if l.first.n < few {
		return l.usual()
	}
	return least(l.usual(), l.first.sum/l.first.n)
}

// least returns the lower of two, where 0 is none.
func least(a, b float64) float64 {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

// slow reports whether recent calls took much longer than usual.
func (l *latency) slow() bool { return exceeds(l.recent, slowToCut, l.usual()) }

// slower reports whether the service is becoming slower. The recent mean lags behind
// while the limit grows, so late answers in a row count too.
func (l *latency) slower() bool { return l.late >= inARow || exceeds(l.recent, slowToGrow, l.best()) }

func exceeds(took, times, usual float64) bool { return usual > 0 && took > times*usual+slack }
