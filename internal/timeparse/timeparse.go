// Package timeparse parses the times of --since, --until and --before, to the
// millisecond, the service's precision.
package timeparse

import (
	"cmp"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// Accepted lists the forms that Parse accepts, for help texts and errors.
const Accepted = "RFC 3339 (2026-11-20T15:04:05+08:00), a day (2026-11-20, 11-20, tuesday, yesterday, today; 11月20日, 周二, 上周二, 前天, 昨天, 今天), " +
	"a day and a time (2026-11-20 15:04, tuesday 15:04), a time (15:04), Unix milliseconds (1795158240000), an age (90m, 3d, 2w, 1h30m) or now; " +
	"a weekday, a day without a year or a time alone is the last one"

// Parse parses a time. A day is its first moment in loc, an age is before now (with
// days of 24 hours), and a time without an offset is in loc. A weekday is the last one
// before today; a day without a year and a time of day alone are the last ones up to
// now.
//
// A local time that loc skips is the first moment after the gap; one that occurs twice
// is the earlier. Parse truncates to milliseconds, reads full-width characters as ASCII,
// and refuses times up to 1970-01-01T00:00:00Z. Errors are fault.Usage.
func Parse(s string, now time.Time, loc *time.Location) (time.Time, error) {
	start, _, err := parse(s, now, loc)
	return start, err
}

// ParseEnd is Parse for the inclusive end of a range: a day, also one such as today or
// tuesday, is its last millisecond.
func ParseEnd(s string, now time.Time, loc *time.Location) (time.Time, error) {
	_, end, err := parse(s, now, loc)
	return end, err
}

// parse returns the first and the last millisecond of what s names: they differ for a
// day.
func parse(s string, now time.Time, loc *time.Location) (start, end time.Time, err error) {
	text := clean(s)
	if day, dayErr := dayOf(text, now, loc); dayErr == nil {
		start, end = startOfDay(day, loc), startOfDay(day.AddDate(0, 0, 1), loc).Add(-time.Millisecond)
	} else if start, err = moment(text, now, loc); err == nil {
		end = start
	} else {
		return time.Time{}, time.Time{}, refuse(s, cmp.Or(refusal(dayErr), err))
	}
	start, end = milli(start, loc), milli(end, loc)
	if start.UnixMilli() <= 0 { // 0 means "no time" to the service
		return time.Time{}, time.Time{}, refuse(s, errTooEarly)
	}
	return start, end, nil
}

func milli(t time.Time, loc *time.Location) time.Time { return time.UnixMilli(t.UnixMilli()).In(loc) }

// moment parses every form but a day.
func moment(text string, now time.Time, loc *time.Location) (time.Time, error) {
	switch {
	case text == "now":
		return now, nil
	case text != "" && strings.Trim(text, "0123456789") == "":
		return unixMilli(text)
	}
	if d, isAge, err := age(text); isAge {
		return now.Add(-d), err
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	dayText, clockText := cutClock(text)
	clock, err := clockOf(clockText)
	if err != nil {
		return time.Time{}, errNoTime
	}
	if dayText == "" {
		return lastClock(clock, now, loc), nil
	}
	day, err := dayOf(dayText, now, loc)
	if err != nil {
		return time.Time{}, cmp.Or(refusal(err), errNoTime)
	}
	return atClock(day, clock, loc), nil
}

// clean trims spaces, replaces the full-width characters of Chinese input methods, and
// writes days such as 11月24日 with hyphens.
func clean(s string) string {
	narrow := func(r rune) rune {
		switch {
		case r >= '\uff01' && r <= '\uff5e':
			return r - '\uff01' + '!'
		case r == '\u3000':
			return ' '
		default:
			return r
		}
	}
	return numbered(strings.TrimSpace(strings.Map(narrow, s)))
}

var (
	errNoTime   = errors.New("not a time")
	errSeconds  = errors.New("a number of ten digits or fewer may be Unix seconds or a date; Unix milliseconds have 12 to 15 digits, so add 000 to seconds")
	errTooFine  = errors.New("too many digits for Unix milliseconds, which have 12 to 15: it may be microseconds or nanoseconds")
	errTooEarly = errors.New("times start after 1970-01-01T00:00:00Z")
	errMonthDay = errors.New("a day without a year is a month and a day, such as 11-24")
	errLeapDay  = errors.New("the last year up to today has no such day: add the year")
	errBack     = errors.New("an age counts back from now, without a minus sign")
)

// refuse returns the fault for one of the errors above.
func refuse(s string, err error) error {
	if errors.Is(err, errNoTime) {
		return fault.New(fault.Usage, "%q is not a time", s).WithHint("use %s", Accepted)
	}
	return fault.Wrap(fault.Usage, err, "%q is not a time", s).WithHint("use %s", Accepted)
}

// refusal returns an error of dayOf that says more than that the text is no day, or nil.
func refusal(err error) error {
	if errors.Is(err, errMonthDay) || errors.Is(err, errLeapDay) {
		return err
	}
	return nil
}

// unixMilli parses 12 to 15 digits: the years 1973 to 9999. Fewer could be seconds.
func unixMilli(digits string) (time.Time, error) {
	switch n := len(strings.TrimLeft(digits, "0")); {
	case n < 12 || len(digits) != n:
		return time.Time{}, errSeconds
	case n > 15:
		return time.Time{}, errTooFine
	}
	ms, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || ms > maxMilli {
		return time.Time{}, errTooFine
	}
	return time.UnixMilli(ms), nil
}

// maxMilli is the last millisecond of RFC 3339, of the year 9999.
const maxMilli = 253402300799999

// age parses an age such as 1h30m. isAge is false for anything else.
func age(text string) (d time.Duration, isAge bool, err error) {
	rest, negative := strings.CutPrefix(text, "-")
	isAge = rest != ""
	for rest != "" {
		digits := leadingDigits(rest)
		if digits == 0 || digits == len(rest) || unitOf(rest[digits]) == 0 {
			return 0, false, nil
		}
		unit := unitOf(rest[digits])
		n, parseErr := strconv.ParseInt(rest[:digits], 10, 64)
		if parseErr != nil || time.Duration(n) > (math.MaxInt64-d)/unit {
			err = errTooEarly
		} else {
			d += time.Duration(n) * unit
		}
		rest = rest[digits+1:]
	}
	if negative {
		err = errBack
	}
	return d, isAge, err
}

func leadingDigits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// unitOf returns an age's unit; 0 for no unit.
func unitOf(letter byte) time.Duration {
	const day = 24 * time.Hour
	units := map[byte]time.Duration{'w': 7 * day, 'd': day, 'h': time.Hour, 'm': time.Minute, 's': time.Second}
	return units[letter]
}

// startOfDay returns the first moment of a day in loc.
func startOfDay(day time.Time, loc *time.Location) time.Time {
	y, m, d := day.Date()
	return inZone(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), loc)
}

// inZone returns the moment of a local time in loc. time.Date does not define it where
// clocks change: inZone returns the end of a gap, and the earlier of two moments.
func inZone(wall time.Time, loc *time.Location) time.Time {
	y, m, d := wall.Date()
	t := time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), loc)
	start, end := t.ZoneBounds()
	_, offset := t.Zone()
	read := t.Add(time.Duration(offset) * time.Second).UTC()
	switch {
	case read.After(wall):
		return start
	case read.Before(wall):
		return end
	case start.IsZero():
		return t
	}
	_, before := start.Add(-time.Nanosecond).Zone()
	if earlier := t.Add(time.Duration(offset-before) * time.Second); before > offset && earlier.Before(start) {
		return earlier
	}
	return t
}
