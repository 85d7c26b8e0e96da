package bulk

import (
	"math"
	"time"

	"github.com/roamctl/roamctl/internal/limiter"
)

// Estimate is how much a run will take.
type Estimate struct {
	Users int
	Calls int           // of all families
	Time  time.Duration // at the limits; 0 when there are none
}

// NewEstimate multiplies the calls that one user takes, by family. Families go
// on side by side, and so do users, so that the slowest decides.
func NewEstimate(users int, perUser map[string]float64, limits limiter.Limits) Estimate {
	e := Estimate{Users: users}
	for family, calls := range perUser {
		all, limit := calls*float64(users), limits[family]
		e.Calls += int(all + 0.5)
		if perSecond := limit.App.PerSecond(); perSecond > 0 {
			e.Time = max(e.Time, time.Duration(all/perSecond*float64(time.Second)))
		}
		if users > 0 {
			e.Time = max(e.Time, least(calls, limit.User))
		}
	}
	return e
}

// least is the least time that so many calls of one user take.
func least(calls float64, limit limiter.Limit) time.Duration {
	if limit.None() || calls <= 1 {
		return 0
	}
	return time.Duration((int(math.Ceil(calls))-1)/limit.Calls) * limit.Per
}
