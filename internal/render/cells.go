package render

import (
	"strconv"
	"strings"
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

// WithDropOrder returns c with its DropOrder set to n.
func (c Column[T]) WithDropOrder(n int) Column[T] {
	c.DropOrder = n
	return c
}

// Text returns a default column whose cells depend on the item alone.
func Text[T any](name string, cell func(T) string) Column[T] {
	return Column[T]{Name: name, Default: true, Cell: func(v T, _ Env) string { return cell(v) }}
}

// Compact is a value's JSON on one line, for a cell; "" for what has none or
// holds nothing.
func Compact(v map[string]any) string {
	if len(v) == 0 {
		return ""
	}
	b, err := encodeJSON(v, "", "")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// Count is a number of things with a regular plural: 1 user, 3 users.
func Count(n int, what string) string { return CountOf(n, what, what+"s") }

// CountOf is a number of things: 1 entry is, 3 entries are.
func CountOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
