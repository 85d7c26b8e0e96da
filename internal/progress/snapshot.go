package progress

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Snapshot is the state of a run at one moment.
type Snapshot struct {
	RunID string
	Phase string // what is being done, in a word or two

	Users      int // users done with, those that failed among them
	UsersTotal int // negative: not known yet
	Failed     int // users with an error

	Conversations int
	Messages      int

	Calls          int
	Families       map[string]int // of them, by the limit that they count against
	CallsPerSecond float64        // at present
	Quota          float64        // calls a second that are allowed; 0: no limit
	Refused        int            // calls that the service answered with 429
	InFlight       int            // calls without an answer yet

	Elapsed time.Duration
	Left    time.Duration // negative: not known
}

// clean is the snapshot without what would harm a terminal or cannot be a
// number in JSON. The names are our own: this only makes sure.
func (s Snapshot) clean() Snapshot {
	s.RunID, s.Phase = printable(s.RunID), printable(s.Phase)
	s.CallsPerSecond, s.Quota = finite(s.CallsPerSecond), finite(s.Quota)
	s.Elapsed = max(s.Elapsed, 0)
	return s
}

// average is the calls a second from the beginning, of the family with the most:
// what is beside it in the line is one family's limit.
func (s Snapshot) average() float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	calls := s.Calls
	if len(s.Families) > 0 {
		calls = slices.Max(slices.Collect(maps.Values(s.Families)))
	}
	return finite(float64(calls) / s.Elapsed.Seconds())
}

// percent is rounded down, so that 100 means all.
func (s Snapshot) percent() int {
	if s.UsersTotal <= 0 || s.Users >= s.UsersTotal {
		return 100
	}
	return int(float64(max(s.Users, 0)) / float64(s.UsersTotal) * 100)
}

func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		return 0
	}
	return f
}

// printable has ASCII only, a column a byte.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
