package limiter

import "time"

const (
	// horizon is how long the usual latency is remembered, at least and up to
	// twice as long: a service that has become slower for good is the usual
	// one after that.
	horizon = 15 * time.Second
	// enough is how many answers, of a second or more, make a mean that can be
	// compared with: single ones say nothing, as some calls are cheap.
	enough = 30
	// few calls are enough for the very beginning.
	few = 10
	// weight is that of one answer in the latency of late.
	weight = 0.2
	// worst is how many times as long as usual an answer counts for at most:
	// one that is very late says no more than one that is late.
	worst = 4
	// inARow is how many late answers are no accident.
	inARow = 4
	// slack is a delay that nobody needs to care about: a busy machine, a
	// late timer.
	slack = float64(10 * time.Millisecond)
)

// latency is how long a family's calls take: of late, and when all is well. All
// are means in ns.
type latency struct {
	recent  float64    // a moving mean
	first   mean       // of the first few calls; not of the first few answers, which are the quickest
	current mean       // of answers that are not compared with yet
	lowest  [2]float64 // of this stretch of time and the one before; 0 for none
	rotated time.Time
	late    int // answers in a row that took much longer than usual
}

type mean struct {
	since time.Time
	sum   float64
	n     float64
}

func (m *mean) add(took float64) { m.sum, m.n = m.sum+took, m.n+1 }

// add takes in the answer to a family's n-th call.
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

// usual is the lowest mean that is remembered; 0 when there is none yet.
func (l *latency) usual() float64 { return least(l.lowest[0], l.lowest[1]) }

// best is usual, with the first calls, which are too few to say that a service
// has become slow, but enough to doubt that it takes more.
func (l *latency) best() float64 {
	if l.first.n < few {
		return l.usual()
	}
	return least(l.usual(), l.first.sum/l.first.n)
}

// least is the lower of two, where 0 is none.
func least(a, b float64) float64 {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

// slow reports whether calls of late take much longer than usual.
func (l *latency) slow() bool { return exceeds(l.recent, slowToCut, l.usual()) }

// slower reports whether the service is becoming slower: the mean of late lags
// behind when calls become more from one round of answers to the next.
func (l *latency) slower() bool { return l.late >= inARow || exceeds(l.recent, slowToGrow, l.best()) }

func exceeds(took, times, usual float64) bool { return usual > 0 && took > times*usual+slack }
