package governor

import "time"

// Stats are what a governor has seen.
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
func (g *Governor) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := Stats{
		Calls: g.calls, Refused: g.brake.refused,
		InFlight: g.flight.now, Most: g.flight.most, Limit: int(g.flight.limit),
		Families: make(map[string]int, len(g.lanes)),
	}
	now := g.clock.Now()
	most := 0
	for family, l := range g.lanes {
		s.Families[family] = l.calls
		if rate := l.pulse.perSecond(now); rate > s.PerSecond || rate == s.PerSecond && l.calls > most {
			s.PerSecond, s.Quota, most = rate, l.rate.PerSecond(), l.calls
		}
	}
	return s
}

// seconds is how many whole seconds a pulse is taken over.
const seconds = 5

// pulse counts calls by the second.
type pulse struct {
	first  time.Time
	second int64 // of the latest count
	counts [seconds + 1]int
}

func (p *pulse) beat(now time.Time) {
	if p.first.IsZero() {
		p.first = now
	}
	p.turn(now)
	p.counts[p.second%int64(len(p.counts))]++
}

// turn empties the counts of the seconds that have gone by.
func (p *pulse) turn(now time.Time) {
	second := now.Unix()
	for from := max(p.second+1, second-seconds); from <= second; from++ {
		p.counts[from%int64(len(p.counts))] = 0
	}
	p.second = max(p.second, second)
}

// perSecond is the mean over the last seconds, the one under way left out
// unless it is the first.
func (p *pulse) perSecond(now time.Time) float64 {
	if p.first.IsZero() {
		return 0
	}
	p.turn(now)
	sum := 0
	for _, n := range p.counts {
		sum += n
	}
	current := p.counts[p.second%int64(len(p.counts))]
	whole := min(float64(seconds), now.Truncate(time.Second).Sub(p.first).Seconds())
	if whole < 1 {
		return float64(sum) / max(1, now.Sub(p.first).Seconds())
	}
	return float64(sum-current) / whole
}
