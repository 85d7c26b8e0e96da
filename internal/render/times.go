package render

import (
	"fmt"
	"time"
)

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

// Size is a number of bytes for people, in decimal units: 999 B, 1.2 kB,
// 120 kB; "" for a negative one.
func Size(bytes int64) string {
	if bytes < 0 {
		return ""
	}
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	n, unit := float64(bytes)/1000, 0
	for ; n >= 999.5; unit++ {
		n /= 1000
	}
	digits := 0
	if n < 9.95 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %cB", digits, n, "kMGTPE"[unit])
}

// Ago is how long before now t was, in its largest whole unit: 3 hours ago, in
// 2 days; "" for the zero time.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	d, form := now.Sub(t), "%d %s ago"
	if d < 0 {
		d, form = -d, "in %d %s"
	}
	const day = 24 * time.Hour
	for _, u := range []struct {
		size time.Duration
		name string
	}{{365 * day, "year"}, {30 * day, "month"}, {day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / u.size); n == 1 {
			return fmt.Sprintf(form, n, u.name)
		} else if n > 1 {
			return fmt.Sprintf(form, n, u.name+"s")
		}
	}
	return "just now"
}
