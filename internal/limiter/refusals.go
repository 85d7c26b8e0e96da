package limiter

import (
	"math"
	"time"
)

const (
	// remembered is about how many of the last answers the share of refusals is
	// taken over. It has to tell 4 % of scattered refusals, which call for
	// nothing, from the 10 % at which a limit is overrun.
	remembered = 200
	// tolerated is the share of refusals that does not slow calls down: other
	// clients of the App Key share its budgets.
	tolerated = 0.06
	// toleratedOfUsers is the same where a single user's limit may be the reason,
	// which says nothing about the calls for others.
	toleratedOfUsers = 0.5
	// overload is the share of refusals that stops calls for a while.
	overload = 0.5

	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	// calm is how long after a pause, or recovered how many answers, the next
	// pause is a short one again.
	calm      = 10 * time.Second
	recovered = 20
)

// refusals is the share of a family's calls that the service refuses with 429,
// over about the last remembered ones, and the pauses that it leads to.
type refusals struct {
	answers, refused float64 // decaying counts since the last cut
	retryAfter       time.Duration
	cutAt            time.Time // answers to calls that began before say nothing new
	pausedUntil      time.Time
	pauses           int // in a row
}

// add counts the answer to a call that began then.
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

// exceed reports whether more calls are refused than tolerated, by more than
// chance explains: two standard deviations.
func (r *refusals) exceed(tolerated float64) bool {
	return r.refused-2*math.Sqrt(r.refused) > tolerated*r.answers
}

// cut begins a new count and, when most calls were refused, a pause: as long as
// the service asked for, or longer each time. It returns the share of calls
// that the service let through.
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
