package limiter

import (
	"math"
	"time"
)

const (
	// remembered is about how many answers the share of refusals is taken over: enough
	// to distinguish 4 % of scattered refusals, which are normal, from the 10 % of an
	// exceeded limit.
	remembered = 200
	// tolerated is the share of refusals that does not slow calls down: other clients
	// share the App Key's budgets.
	tolerated = 0.06
	// toleratedOfUsers is the same where single users' limits may be the reason, which
	// do not concern the calls for others.
	toleratedOfUsers = 0.5
	// overload is the share of refusals that pauses calls.
	overload = 0.5

	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	// A pause is a short one again after calm since the last, or after recovered
	// answers.
	calm      = 10 * time.Second
	recovered = 20
)

// refusals counts the calls of a family that the service refuses with 429, and pauses
// the family.
type refusals struct {
	answers, refused float64 // decaying counts since the last cut
	retryAfter       time.Duration
	cutAt            time.Time // answers to earlier calls do not count
	pausedUntil      time.Time
	pauses           int // in a row
}

// add counts the answer to a call.
func (r *refusals) add(began time.Time, refused bool, retryAfter time.Duration) {
	if !began.After(r.cutAt) {
		return
	}
	const kept = 1 - 1.0/remembered
	r.answers, r.refused = r.answers*kept+1, r.refused*kept
	if refused {
		r.refused++
		r.retryAfter = max(r.retryAfter, retryAfter)
	}
	if r.answers >= recovered && r.share() < overload {
		r.pauses = 0
	}
}

func (r *refusals) share() float64 { return r.refused / r.answers }

// exceed reports whether more calls are refused than tolerated, by two standard
// deviations.
func (r *refusals) exceed(tolerated float64) bool {
	return r.refused-2*math.Sqrt(r.refused) > tolerated*r.answers
}

// cut begins a new count and, if most calls were refused, a pause: of the Retry-After,
// or longer each time. It returns the share of accepted calls.
func (r *refusals) cut(now time.Time) (accepted float64) {
	share := r.share()
	if share >= overload {
		if now.Sub(r.pausedUntil) > calm {
			r.pauses = 0
		}
		pause := max(r.retryAfter, min(longestPause, firstPause<<min(r.pauses, 10)))
		r.pauses++
		r.pausedUntil = now.Add(pause)
	}
	r.answers, r.refused, r.retryAfter, r.cutAt = 0, 0, 0, now
	return 1 - share
}
