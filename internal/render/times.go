package render

import "time"

// Time is a time for a cell: short and local on a terminal, RFC 3339 with
// milliseconds in UTC elsewhere; "" for the zero time.
func (e Env) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if e.Terminal {
		return ShortTime(t, e.Now, e.Location)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// ShortTime is a time for people in the zone loc: 15:04 today, 11-20 15:04 in
// this year, 2025-11-20 15:04 otherwise; "" for the zero time.
func ShortTime(t, now time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(loc), now.In(loc)
	switch {
	case t.Year() != now.Year():
		return t.Format("2006-01-02 15:04")
	case t.YearDay() != now.YearDay():
		return t.Format("01-02 15:04")
	default:
		return t.Format("15:04")
	}
}
