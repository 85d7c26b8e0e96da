package timeparse

import "time"

// startOfDay is the first moment of the day's date in loc.
func startOfDay(day time.Time, loc *time.Location) time.Time {
	y, m, d := day.Date()
	return inZone(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), loc)
}

// inZone reads wall's clock in loc. time.Date leaves open what it does where
// clocks change, so that is decided here: after a gap, and the earlier of two.
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
