package progress

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"github.com/roamctl/roamctl/internal/limiter"
)

// Snapshot is the state of a run at one moment.
type Snapshot struct {
	RunID string
	Phase string // what the run does, in a word or two

	Users      int // done or failed
	UsersTotal int // negative: unknown
	Failed     int // users with an error

	Conversations int
	Messages      int

	limiter.Stats // of the calls

	Elapsed time.Duration
	Left    time.Duration // negative: unknown
}

// clean replaces control characters and non-finite numbers.
func (s Snapshot) clean() Snapshot {
	s.RunID, s.Phase = printable(s.RunID), printable(s.Phase)
	s.PerSecond, s.Quota = finite(s.PerSecond), finite(s.Quota)
	s.Elapsed = max(s.Elapsed, 0)
	return s
}

// average returns the mean rate of the family with the most calls, because the
// quota is per family.
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

// percent is rounded down: 100 means all.
func (s Snapshot) percent() int {
	if s.UsersTotal <= 0 || s.Users >= s.UsersTotal {
		return 100
	}
	return int(float64(max(s.Users, 0)) / float64(s.UsersTotal) * 100)
}

// users returns 12 users so far, or 12 of 50 users.
func (s Snapshot) users() string {
	if s.UsersTotal < 0 {
		return counted(s.Users, "user") + " so far"
	}
	return number(s.Users) + " of " + counted(s.UsersTotal, "user")
}

// content returns the number of messages, or of conversations where only those are
// read.
func (s Snapshot) content() string {
	if s.Messages == 0 && s.Conversations > 0 {
		return counted(s.Conversations, "conversation")
	}
	return counted(s.Messages, "message")
}

// pace returns 97.8 calls/s, or 97.8 of 100 calls/s.
func (s Snapshot) pace(perSecond float64) string {
	if s.Quota <= 0 {
		return decimal(perSecond) + " calls/s"
	}
	return decimal(perSecond) + " of " + strings.TrimSuffix(decimal(s.Quota), ".0") + " calls/s"
}

func number(n int) string { return humanize.Comma(int64(n)) }

// counted returns 1 user, or 2,000 users.
func counted(n int, one string) string { return number(n) + " " + english.PluralWord(n, one, "") }

// decimal has one digit after the point: 1,234.5.
func decimal(f float64) string {
	tenths := math.Round(f * 10)
	return fmt.Sprintf("%s.%d", humanize.Comma(int64(tenths)/10), int64(tenths)%10)
}

// duration returns a time span in its two largest units: 59s, 3m20s, 1h02m, 2d4h.
func duration(d time.Duration) string {
	const day = 24 * time.Hour
	d = max(d, 0).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	}
}

func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		return 0
	}
	return f
}

// printable returns text in ASCII, a column a byte.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
