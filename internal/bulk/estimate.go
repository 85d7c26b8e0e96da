package bulk

import "time"

// Rates are how many calls a second of each family the limits allow. A family
// that is not there has no limit.
type Rates map[string]float64

// Estimate is how much a run will take.
type Estimate struct {
	Users int
	Calls int           // of all families
	Time  time.Duration // at the limits; 0 when there are none
}

// NewEstimate multiplies the calls that one user takes, by family. Families go
// on side by side, so that the slowest decides.
func NewEstimate(users int, perUser map[string]float64, rates Rates) Estimate {
	e := Estimate{Users: users}
	for family, calls := range perUser {
		all := calls * float64(users)
		e.Calls += int(all + 0.5)
		if rate := rates[family]; rate > 0 {
			e.Time = max(e.Time, time.Duration(all/rate*float64(time.Second)))
		}
	}
	return e
}
