package engine

import (
	"math"
	"time"

	"github.com/roamctl/roamctl/internal/limiter"
)

// Estimate is what a run takes.
type Estimate struct {
	Calls int           // of all families
	Time  time.Duration // at the limits; 0 when there are none
}

// NewEstimate multiplies the calls of one user, by family. Families and users
// progress side by side, so the slowest of them decides.
func NewEstimate(users int, perUser map[string]float64, limits limiter.Limits) (e Estimate) {
	for family, calls := range perUser {
		all, limit := calls*float64(users), limits[family]
		e.Calls += int(all + 0.5)
		if perSecond := limit.App.PerSecond(); perSecond > 0 {
			e.Time = max(e.Time, time.Duration(all/perSecond*float64(time.Second)))
		}
		if users > 0 {
			e.Time = max(e.Time, minTime(calls, limit.User))
		}
	}
	return e
}

// minTime is the least time that so many calls of one user take.
func minTime(calls float64, limit limiter.Limit) time.Duration {
	if limit.None() || calls <= 1 {
		return 0
	}
	return time.Duration((int(math.Ceil(calls))-1)/limit.Calls) * limit.Per
}
