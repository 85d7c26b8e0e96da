package timeparse

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

var (
	errNoTime   = errors.New("not a time")
	errSeconds  = errors.New("a number of ten digits or fewer may be Unix seconds or a date; Unix milliseconds have 12 to 15 digits, so add 000 to seconds")
	errTooFine  = errors.New("too many digits for Unix milliseconds, which have 12 to 15: it may be microseconds or nanoseconds")
	errTooEarly = errors.New("times start after 1970-01-01T00:00:00Z")
	errBack     = errors.New("an age counts back from now, without a minus sign")
)

// refuse returns the fault for one of the errors above.
func refuse(s string, err error) error {
	if errors.Is(err, errNoTime) {
		return fault.New(fault.Usage, "%q is not a time", s).WithHint("use %s", Accepted)
	}
	return fault.Wrap(fault.Usage, err, "%q is not a time", s).WithHint("use %s", Accepted)
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
