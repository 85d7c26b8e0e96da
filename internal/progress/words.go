package progress

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// number returns a whole number with commas: 1,234,567.
func number(n int) string { return humanize.Comma(int64(n)) }

// counted is a number and what it counts: 1 user, 2 users.
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + one + "s"
}

// decimal has one digit behind the point: 97.8, or 1,234.5.
func decimal(f float64) string {
	whole, rest, _ := strings.Cut(strconv.FormatFloat(f, 'f', 1, 64), ".")
	if n, err := strconv.Atoi(whole); err == nil {
		whole = number(n)
	}
	return whole + "." + rest
}

// duration is a time span for people, in its two largest units: 59s, 3m20s,
// 1h02m, 2d4h.
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

// users says how many are done, of how many.
func (s Snapshot) users() string {
	if s.UsersTotal < 0 {
		return counted(s.Users, "user") + " so far"
	}
	return number(s.Users) + " of " + counted(s.UsersTotal, "user")
}

// content says what the users had: messages, or conversations in a run that
// looks at no messages.
func (s Snapshot) content() string {
	if s.Messages == 0 && s.Conversations > 0 {
		return counted(s.Conversations, "conversation")
	}
	return counted(s.Messages, "message")
}

// pace says how many calls a second there are, of how many that are allowed.
func (s Snapshot) pace(perSecond float64) string {
	if s.Quota <= 0 {
		return decimal(perSecond) + " calls/s"
	}
	return decimal(perSecond) + " of " + strings.TrimSuffix(decimal(s.Quota), ".0") + " calls/s"
}
