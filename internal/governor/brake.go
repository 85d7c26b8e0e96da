package governor

import "time"

const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	// calm is how long without a refusal, or recovered how many answers after
	// one, it takes to begin with short pauses again.
	calm      = 10 * time.Second
	recovered = 20
	// volley is how many refusals within a second, of calls that one user's
	// limit may be the reason for, count as one of the App Key's.
	volley = 3
)

// brake holds all calls back after a refusal.
type brake struct {
	until   time.Time // no call begins before
	last    time.Time // when it was pulled
	streak  int       // how often in a row
	passed  int       // answers since, to calls that began after it
	refused int       // answers, in all
}

// pull holds the calls back for as long as the service asked for, or longer
// each time when it did not.
func (b *brake) pull(now time.Time, retryAfter time.Duration) {
	if now.Sub(b.until) > calm || b.passed >= recovered {
		b.streak = 0
	}
	pause := min(longestPause, firstPause<<min(b.streak, 10))
	b.streak++
	b.last, b.passed = now, 0
	if until := now.Add(max(pause, retryAfter)); until.After(b.until) {
		b.until = until
	}
}
