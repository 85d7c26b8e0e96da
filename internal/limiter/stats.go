package limiter

import "time"

// Stats are what a limiter has counted.
type Stats struct {
	Calls    int            // that began
	Refused  int            // of them, those with a 429
	Families map[string]int // how many of them each family had
	InFlight int            // now
	Most     int            // that were in flight at once
	Limit    int            // that may be now

	// PerSecond and Quota are those of the busiest family in the last
	// seconds: calls a second, and how many its limit allows, 0 for any.
	PerSecond float64
	Quota     float64
}

// Stats are the numbers up to now.
func (l *Limiter) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{
		Calls: l.calls, Refused: l.refused,
		InFlight: l.inFlight.now, Most: l.inFlight.most, Limit: int(l.inFlight.limit),
		Families: make(map[string]int, len(l.families)),
	}
	now := l.clock.Now()
	most := 0
	for name, f := range l.families {
		s.Families[name] = f.calls
		if rate := f.meter.perSecond(now); rate > s.PerSecond || rate == s.PerSecond && f.calls > most {
			s.PerSecond, s.Quota, most = rate, f.limits.App.PerSecond(), f.calls
		}
	}
	return s
}

// seconds is how many whole seconds a rate is taken over.
const seconds = 5

// rateMeter counts calls by the second.
type rateMeter struct {
	first  time.Time
	second int64 // of the latest count
	counts [seconds + 1]int
}

func (m *rateMeter) add(now time.Time) {
	if m.first.IsZero() {
		m.first = now
	}
	m.turn(now)
	m.counts[m.second%int64(len(m.counts))]++
}

// turn empties the counts of the seconds that have gone by.
func (m *rateMeter) turn(now time.Time) {
	second := now.Unix()
	for from := max(m.second+1, second-seconds); from <= second; from++ {
		m.counts[from%int64(len(m.counts))] = 0
	}
	m.second = max(m.second, second)
}

// perSecond is the mean over the last seconds, the one under way left out
// unless it is the first.
func (m *rateMeter) perSecond(now time.Time) float64 {
	if m.first.IsZero() {
		return 0
	}
	m.turn(now)
	sum := 0
	for _, n := range m.counts {
		sum += n
	}
	current := m.counts[m.second%int64(len(m.counts))]
	whole := min(float64(seconds), now.Truncate(time.Second).Sub(m.first).Seconds())
	if whole < 1 {
		return float64(sum) / max(1, now.Sub(m.first).Seconds())
	}
	return float64(sum-current) / whole
}
