package roaming

import (
	"fmt"
	"time"
)

// Time is an instant with millisecond precision. It marshals as RFC 3339 in UTC, the
// zero time as null.
type Time struct{ time.Time }

// Millis returns the Time of Unix milliseconds; the zero Time for 0.
func Millis(ms int64) Time {
	if ms == 0 {
		return Time{}
	}
	return Time{time.UnixMilli(ms).UTC()}
}

// Instant returns the Time of the service's milliseconds. ok is false for 0 and for
// what is past the year 9999, which RFC 3339 cannot write. It does not guess at other
// units.
func Instant(ms uint64) (t Time, ok bool) {
	const year10000 = 253_402_300_800_000
	if ms == 0 || ms >= year10000 {
		return Time{}, false
	}
	return Millis(int64(ms)), true
}

// String returns RFC 3339 with milliseconds in UTC; "" for the zero time.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	var room [timeLen]byte
	return string(t.appendTo(room[:0]))
}

// MarshalJSON writes the String form, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	b := append(make([]byte, 0, timeLen), '"')
	return append(t.appendTo(b), '"'), nil
}

// timeLen is room for a time in quotes.
const timeLen = len(`"2006-01-02T15:04:05.000Z"`)

// appendTo appends the String form of a time that is not zero. Package time writes
// RFC 3339 without a fraction much faster than with one, so appendTo adds the
// fraction: exports write a time for every message.
func (t Time) appendTo(b []byte) []byte {
	b = t.UTC().AppendFormat(b, time.RFC3339)
	ms := t.Nanosecond() / int(time.Millisecond)
	// The fraction replaces the Z, which goes after it.
	b[len(b)-1] = '.'
	return append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z') //nolint:gosec // digits
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	v, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(b))
	if err != nil {
		return fmt.Errorf("reading a time: %w", err)
	}
	t.Time = v.UTC()
	return nil
}
