package transcript

import (
	"maps"
	"slices"
	"time"
)

// month is a month of a calendar.
type month struct {
	Title string
	Weeks [][]date
}

// date is a day of a calendar, zero before the first and after the last of a month.
type date struct {
	Number   int
	ID       string // of the day's heading; "" without messages
	Messages int
}

// calendar returns the months that have messages, by the messages of each day.
func calendar(days map[string]int) []month {
	var all []month
	for _, name := range slices.Sorted(maps.Keys(days)) {
		at, err := time.Parse(time.DateOnly, name)
		if err != nil {
			continue // without a time
		}
		title := at.Format("January 2006")
		if len(all) == 0 || all[len(all)-1].Title != title {
			all = append(all, newMonth(title, at))
		}
		weeks := all[len(all)-1].Weeks
		i := at.Day() - 1 + offset(at)
		weeks[i/7][i%7].ID, weeks[i/7][i%7].Messages = "d-"+name, days[name]
	}
	return all
}

// offset is how many days of the first week, which begins on Monday, are before the
// first of the month.
func offset(at time.Time) int {
	first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	return (int(first.Weekday()) + 6) % 7
}

func newMonth(title string, at time.Time) month {
	last := time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	m := month{Title: title, Weeks: make([][]date, (offset(at)+last+6)/7)}
	for i := range m.Weeks {
		m.Weeks[i] = make([]date, 7)
	}
	for d := range last {
		i := d + offset(at)
		m.Weeks[i/7][i%7].Number = d + 1
	}
	return m
}
