package limiter

import "time"

// Stats are a limiter's counts.
type Stats struct {
	Calls    int            // begun
	Refused  int            // of them, with a 429
	Families map[string]int // calls by family
	InFlight int            // now

	// PerSecond is the recent rate of the busiest family, and Quota its limit in calls
	// a second; 0 for none.
	PerSecond float64
	Quota     float64
}

// Stats returns the counts so far.
func (l *Limiter) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{
		Calls: l.calls, Refused: l.refused,
		InFlight: l.inFlight.now,
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

// seconds is the number of whole seconds in a rate.
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

// turn clears the counts of past seconds.
func (m *rateMeter) turn(now time.Time) {
	second := now.Unix()
	for from := max(m.second+1, second-seconds); from <= second; from++ {
		m.counts[from%int64(len(m.counts))] = 0
	}
	m.second = max(m.second, second)
}

// perSecond returns the mean over the last seconds, without the current one unless it
// is the first.
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
