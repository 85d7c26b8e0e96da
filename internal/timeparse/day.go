package timeparse

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// dayOf returns the day in text as its midnight in UTC. A weekday is the last one
// before today, or that of last week with 上; a day without a year is the last one up to
// today.
func dayOf(text string, now time.Time, loc *time.Location) (time.Time, error) {
	y, m, d := now.In(loc).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	switch text {
	case "today", "今天":
		return today, nil
	case "yesterday", "昨天":
		return today.AddDate(0, 0, -1), nil
	case "前天":
		return today.AddDate(0, 0, -2), nil
	}
	const week = 7
	if weekday, ok := weekdayOfLastWeek(text); ok {
		monday := today.AddDate(0, 0, -sinceMonday(today.Weekday()))
		return monday.AddDate(0, 0, sinceMonday(weekday)-week), nil
	}
	if weekday, ok := weekdayOf(text); ok {
		ago := (int(today.Weekday()) - int(weekday) + week) % week
		if ago == 0 {
			ago = week
		}
		return today.AddDate(0, 0, -ago), nil
	}
	if isMonthDay(text) {
		return lastMonthDay(text, today)
	}
	return time.Parse(time.DateOnly, text)
}

// weekdayOf returns the weekday that a word names: tuesday, Tue, 周二, 星期二, 礼拜二.
func weekdayOf(text string) (time.Weekday, bool) {
	for _, prefix := range []string{"周", "星期", "礼拜"} {
		if name, ok := strings.CutPrefix(text, prefix); ok {
			i := slices.Index([]string{"日", "一", "二", "三", "四", "五", "六", "天"}, name)
			return time.Weekday(i % 7), i >= 0
		}
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := day.String(); strings.EqualFold(text, name) || strings.EqualFold(text, name[:3]) {
			return day, true
		}
	}
	return 0, false
}

// weekdayOfLastWeek returns the weekday that 上周二 or 上星期二 names, of the week before
// this one. Weeks begin on Monday.
func weekdayOfLastWeek(text string) (time.Weekday, bool) {
	name, ok := strings.CutPrefix(text, "上")
	if !ok || !strings.HasPrefix(name, "周") && !strings.HasPrefix(name, "星期") && !strings.HasPrefix(name, "礼拜") {
		return 0, false
	}
	return weekdayOf(name)
}

func sinceMonday(day time.Weekday) int {
	return (int(day) + 6) % 7 //nolint:mnd // days of a week
}

// numbered writes a day such as 11月24日 or 2026年11月24号 with hyphens, and returns other
// texts as they are. What follows the day is a time of day.
func numbered(text string) string {
	i := strings.IndexAny(text, "日号")
	if i < 0 {
		return text
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	year, monthDay, found := strings.Cut(text[:i], "年")
	if !found {
		year, monthDay = "", text[:i]
	}
	month, day, ok := strings.Cut(monthDay, "月")
	if !ok {
		return text
	}
	parts := []string{twoDigits(strings.TrimSpace(month)), twoDigits(strings.TrimSpace(day))}
	if found {
		parts = append([]string{strings.TrimSpace(year)}, parts...)
	}
	return strings.TrimSpace(strings.Join(parts, "-") + " " + strings.TrimSpace(text[i+size:]))
}

func twoDigits(number string) string {
	if len(number) == 1 {
		return "0" + number
	}
	return number
}

// isMonthDay reports whether text has the form of a month and a day, 11-24.
func isMonthDay(text string) bool {
	return len(text) == len("11-24") && text[2] == '-' && strings.Trim(text[:2]+text[3:], "0123456789") == ""
}

// lastMonthDay returns the last day up to today with the month and day of text.
func lastMonthDay(text string, today time.Time) (time.Time, error) {
	if _, err := time.Parse("2006-01-02", "2000-"+text); err != nil { // a leap year
		return time.Time{}, errMonthDay
	}
	year := today.Year()
	if text > today.Format("01-02") {
		year--
	}
	day, err := time.Parse(time.DateOnly, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006-")+text)
	if err != nil {
		return time.Time{}, errLeapDay
	}
	return day, nil
}

// MeansLast reports whether a time that Parse accepts names a weekday, a day without a
// year or a time of day alone, and so stands for the last one or that of last week.
func MeansLast(s string) bool {
	day, clock := cutClock(clean(s))
	_, isWeekday := weekdayOf(day)
	_, isLastWeeks := weekdayOfLastWeek(day)
	return day == "" && clock != "" || isWeekday || isLastWeeks || isMonthDay(day)
}

// DescribeLast says which day a text names that MeansLast, and which time of day if
// it has one. t is what Parse or ParseEnd made of it.
func DescribeLast(text string, t time.Time) string {
	layout := "Monday, 2006-01-02"
	if _, clock := cutClock(clean(text)); clock != "" {
		layout += " 15:04"
		if t.Second() != 0 {
			layout += ":05"
		}
	}
	return strings.TrimSpace(text) + " is " + t.Format(layout)
}

// cutClock splits a text into its day and its time of day; one of them may be missing.
func cutClock(text string) (day, clock string) {
	const dated = len(time.DateOnly)
	if len(text) > dated && text[dated] == 'T' {
		return text[:dated], text[dated+1:]
	}
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		return text[:i], text[i+1:]
	}
	if strings.Contains(text, ":") {
		return "", text
	}
	return text, ""
}

// clockOf parses a time of day, 15:04 or 15:04:05.
func clockOf(text string) (time.Time, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		t, err = time.Parse(time.TimeOnly, text)
	}
	return t, err
}

// atClock returns the moment of a time of day on a day in loc.
func atClock(day, clock time.Time, loc *time.Location) time.Time {
	y, m, d := day.Date()
	return inZone(time.Date(y, m, d, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), time.UTC), loc)
}

// lastClock returns the last moment up to now that has a time of day in loc.
func lastClock(clock, now time.Time, loc *time.Location) time.Time {
	y, m, d := now.In(loc).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if t := atClock(today, clock, loc); !t.After(now) {
		return t
	}
	return atClock(today.AddDate(0, 0, -1), clock, loc)
}
