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
	errBack     = errors.New("an age counts back from now by itself and takes no minus sign")
)

// refuse turns one of the errors above into what the user reads.
func refuse(s string, err error) error {
	if errors.Is(err, errNoTime) {
		return fault.New(fault.Usage, "%q is not a time", s).WithHint("use %s", Accepted)
	}
	return fault.Wrap(fault.Usage, err, "%q is not a time", s).WithHint("use %s", Accepted)
}

// unixMilli reads 12 to 15 digits, which are the years 1973 to 9999 and more;
// fewer could be seconds, and more are finer than milliseconds.
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

// maxMilli is the last millisecond of the year 9999, the last that RFC 3339 can write.
const maxMilli = 253402300799999

// isAge tells whether text is pieces such as 1h30m and nothing else.
func isAge(text string) bool {
	rest := strings.TrimPrefix(text, "-")
	for rest != "" {
		digits := leadingDigits(rest)
		if digits == 0 || digits == len(rest) || unitOf(rest[digits]) == 0 {
			return false
		}
		rest = rest[digits+1:]
	}
	return strings.TrimPrefix(text, "-") != ""
}

// ageBefore is the moment that lies the age in text before now.
func ageBefore(text string, now time.Time) (time.Time, error) {
	if strings.HasPrefix(text, "-") {
		return time.Time{}, errBack
	}
	var age time.Duration
	for text != "" {
		digits := leadingDigits(text)
		unit := unitOf(text[digits])
		n, err := strconv.ParseInt(text[:digits], 10, 64)
		if err != nil || time.Duration(n) > (math.MaxInt64-age)/unit {
			return time.Time{}, errTooEarly
		}
		age += time.Duration(n) * unit
		text = text[digits+1:]
	}
	return now.Add(-age), nil
}

func leadingDigits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// unitOf is the length of an age's unit, 0 when there is no such unit.
func unitOf(letter byte) time.Duration {
	switch letter {
	case 'w':
		return 7 * 24 * time.Hour
	case 'd':
		return 24 * time.Hour
	case 'h':
		return time.Hour
	case 'm':
		return time.Minute
	case 's':
		return time.Second
	default:
		return 0
	}
}
