package bulk

import (
	"math"
	"time"
)

// Rates are what the limits allow of each family of calls. A family that is not
// there has no limit.
type Rates map[string]Rate

// Rate is the limits of a family: of the app, in calls a second, and of one
// user, so many calls in any stretch of time; 0 for none.
type Rate struct {
	PerSecond float64
	OwnCalls  int
	OwnPer    time.Duration
}

// Estimate is how much a run will take.
type Estimate struct {
	Users int
	Calls int           // of all families
	Time  time.Duration // at the limits; 0 when there are none
}

// NewEstimate multiplies the calls that one user takes, by family. Families go
// on side by side, and so do users, so that the slowest decides.
func NewEstimate(users int, perUser map[string]float64, rates Rates) Estimate {
	e := Estimate{Users: users}
	for family, calls := range perUser {
		all, rate := calls*float64(users), rates[family]
		e.Calls += int(all + 0.5)
		if rate.PerSecond > 0 {
			e.Time = max(e.Time, time.Duration(all/rate.PerSecond*float64(time.Second)))
		}
		if users > 0 {
			e.Time = max(e.Time, rate.own(calls))
		}
	}
	return e
}

// own is how long a user's own limit keeps so many calls.
func (r Rate) own(calls float64) time.Duration {
	if r.OwnCalls <= 0 || calls <= 1 {
		return 0
	}
	return time.Duration((int(math.Ceil(calls))-1)/r.OwnCalls) * r.OwnPer
}
