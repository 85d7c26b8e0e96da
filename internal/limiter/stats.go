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
	counts [seconds + 1]struct {
		second int64
		calls  int
	}
}

func (m *rateMeter) add(now time.Time) {
	if m.first.IsZero() {
		m.first = now
	}
	c := &m.counts[now.Unix()%int64(len(m.counts))]
	if c.second != now.Unix() {
		c.second, c.calls = now.Unix(), 0
	}
	c.calls++
}

// perSecond returns the mean over the last seconds, without the current one unless it
// is the first.
func (m *rateMeter) perSecond(now time.Time) float64 {
	whole := min(seconds, now.Truncate(time.Second).Sub(m.first).Seconds())
	past, current := 0, 0
	for _, c := range m.counts {
		switch age := now.Unix() - c.second; {
		case age == 0:
			current += c.calls
		case age > 0 && age <= seconds:
			past += c.calls
		}
	}
	if whole < 1 {
		return float64(past+current) / max(1, now.Sub(m.first).Seconds())
	}
	return float64(past) / whole
}
