package roaming

import (
	"fmt"
	"time"
)

// timeLayout is RFC 3339 with milliseconds, the service's own precision.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// Time is an instant with millisecond precision that marshals as RFC 3339 in
// UTC, the zero time as null.
type Time struct{ time.Time }

// Millis makes a Time from Unix milliseconds; 0 gives the zero Time.
func Millis(ms int64) Time {
	if ms == 0 {
		return Time{}
	}
	return Time{time.UnixMilli(ms).UTC()}
}

// String is RFC 3339 with milliseconds in UTC; "" for the zero time.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// MarshalJSON writes the String form, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.String() + `"`), nil
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
