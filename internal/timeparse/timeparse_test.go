package timeparse_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/timeparse"
)

const layout = "2006-01-02T15:04:05.000Z07:00"

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("this machine has no time zones: %v", err)
	}
	return loc
}

func TestParse(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	now := time.Date(2026, 11, 23, 1, 2, 3, 456789000, shanghai)
	for _, c := range []struct{ in, start, end string }{
		{"2026-11-20T15:04:05Z", "2026-11-20T23:04:05.000+08:00", ""},
		{"2026-11-20T15:04:05.9876+08:00", "2026-11-20T15:04:05.987+08:00", ""},
		{"2026-11-20", "2026-11-20T00:00:00.000+08:00", "2026-11-20T23:59:59.999+08:00"},
		{"today", "2026-11-23T00:00:00.000+08:00", "2026-11-23T23:59:59.999+08:00"},
		{"yesterday", "2026-11-22T00:00:00.000+08:00", "2026-11-22T23:59:59.999+08:00"},
		{"now", "2026-11-23T01:02:03.456+08:00", ""},
		{" 2026-11-20 15:04\n", "2026-11-20T15:04:00.000+08:00", ""},
		{"2026-11-20 15:04:05", "2026-11-20T15:04:05.000+08:00", ""},
		{"2026-11-20 15:04:05.123", "2026-11-20T15:04:05.123+08:00", ""},
		{"2026-11-20T15:04", "2026-11-20T15:04:00.000+08:00", ""},
		{"1795158240123", "2026-11-20T15:04:00.123+08:00", ""},
		{"90m", "2026-11-22T23:32:03.456+08:00", ""},
		{"3d", "2026-11-20T01:02:03.456+08:00", ""},
		{"2w", "2026-11-09T01:02:03.456+08:00", ""},
		{"1h30m", "2026-11-22T23:32:03.456+08:00", ""},
		{"1d12h", "2026-11-21T13:02:03.456+08:00", ""},
		{"0m", "2026-11-23T01:02:03.456+08:00", ""},
		{"２０２６－１１－２０　１５：０４", "2026-11-20T15:04:00.000+08:00", ""},
		{"３d", "2026-11-20T01:02:03.456+08:00", ""},
	} {
		t.Run(c.in, func(t *testing.T) {
			got, err := timeparse.Parse(c.in, now, shanghai)
			if err != nil || got.Format(layout) != c.start {
				t.Errorf("Parse = %v, %v, want %s", got, err, c.start)
			}
			if c.end == "" {
				c.end = c.start
			}
			got, err = timeparse.ParseEnd(c.in, now, shanghai)
			if err != nil || got.Format(layout) != c.end {
				t.Errorf("ParseEnd = %v, %v, want %s", got, err, c.end)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	now := time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
	for in, want := range map[string]string{
		"":                                 "is not a time",
		"   ":                              "is not a time",
		"tomorrow":                         "is not a time",
		"2026-13-01":                       "is not a time",
		"2026-02-30":                       "is not a time",
		"2026-11-20 25:00":                 "is not a time",
		"11/20/2026":                       "is not a time",
		"3 d":                              "is not a time",
		"3D":                               "is not a time",
		"3x":                               "is not a time",
		"d":                                "is not a time",
		"1.5h":                             "is not a time",
		"-":                                "is not a time",
		"-1795158240123":                   "is not a time",
		"٣d":                               "is not a time",
		"-3d":                              "without a minus sign",
		"1795158240":                       "Unix seconds",
		"0":                                "Unix seconds",
		"20261120":                         "Unix seconds",
		"0001795158240123":                 "Unix seconds",
		"1795158240123456":                 "microseconds",
		"999999999999999":                  "microseconds",
		"99999999999999999999999":          "microseconds",
		"99999999999999999999w":            "1970",
		"9999999999w":                      "1970",
		"100000d100000d":                   "1970",
		"1969-12-31":                       "1970",
		"0000-01-01":                       "1970",
		"1970-01-01":                       "1970",
		"\x1b[31m2026-11-20\u202e\u0000\n": `\x1b[31m`,
	} {
		t.Run(in, func(t *testing.T) {
			for _, parse := range []func(string, time.Time, *time.Location) (time.Time, error){timeparse.Parse, timeparse.ParseEnd} {
				got, err := parse(in, now, time.UTC)
				e, ok := errors.AsType[*fault.Error](err)
				if !ok || e.Kind != fault.Usage || !got.IsZero() {
					t.Fatalf("got %v, %v, want a usage error", got, err)
				}
				if !strings.Contains(e.Error(), want) || !strings.Contains(e.Hint, timeparse.Accepted) {
					t.Errorf("error %q, hint %q: want %q and all forms", e, e.Hint, want)
				}
				if strings.ContainsAny(e.Error(), "\x1b\x00\n\u202e") {
					t.Errorf("error carries raw control characters: %q", e.Error())
				}
			}
		})
	}
}

// Where clocks change, a time in the gap is the end of it, and a time that occurs twice
// is the earlier one. A day lasts from its first moment to its last.
func TestParseClockChanges(t *testing.T) {
	for _, c := range []struct{ zone, in, start, end string }{
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T03:00:00.000+02:00", "2026-03-29T03:00:00.000+02:00"},
		{"Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00.000+01:00", "2026-03-29T23:59:59.999+02:00"},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T02:30:00.000+02:00", "2026-10-25T02:30:00.000+02:00"},
		{"Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00.000+02:00", "2026-10-25T23:59:59.999+01:00"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T01:30:00.000-04:00", "2026-11-01T01:30:00.000-04:00"},
		{"America/New_York", "2026-03-08 02:00", "2026-03-08T03:00:00.000-04:00", "2026-03-08T03:00:00.000-04:00"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00.000-02:00", "2018-11-04T23:59:59.999-02:00"},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-03T00:00:00.000-03:00", "2018-11-03T23:59:59.999-03:00"},
		{"America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00:00.000-02:00", "2018-02-17T23:59:59.999-03:00"},
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00.000-04:00", "2026-11-01T23:59:59.999-05:00"},
	} {
		t.Run(c.zone+" "+c.in, func(t *testing.T) {
			loc := zone(t, c.zone)
			now := time.Date(2026, 11, 23, 1, 2, 3, 0, loc)
			start, err := timeparse.Parse(c.in, now, loc)
			if err != nil || start.Format(layout) != c.start {
				t.Errorf("Parse = %s, %v, want %s", start.Format(layout), err, c.start)
			}
			end, err := timeparse.ParseEnd(c.in, now, loc)
			if err != nil || end.Format(layout) != c.end {
				t.Errorf("ParseEnd = %s, %v, want %s", end.Format(layout), err, c.end)
			}
		})
	}
}

// A day ends a millisecond before the next begins.
func TestDaysAreContiguous(t *testing.T) {
	zones := []string{"UTC", "Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe"}
	rapid.Check(t, func(rt *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		day := time.Date(1971, 1, 1+rapid.IntRange(0, 365*80).Draw(rt, "day"), 0, 0, 0, 0, time.UTC)
		end, err := timeparse.ParseEnd(day.Format(time.DateOnly), day, loc)
		if err != nil {
			rt.Fatal(err)
		}
		next, err := timeparse.Parse(day.AddDate(0, 0, 1).Format(time.DateOnly), day, loc)
		if err != nil || next.Sub(end) != time.Millisecond {
			rt.Errorf("%s ends %v, the next day begins %v (%v)", day, end, next, err)
		}
	})
}

// A time printed as RFC 3339 or milliseconds parses as the same time.
func TestParseRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := time.UnixMilli(rapid.Int64Range(1, 253402300799999).Draw(rt, "ms"))
		got, err := timeparse.Parse(want.UTC().Format(layout), want, time.UTC)
		if err != nil || !got.Equal(want) {
			rt.Errorf("read %v, %v, want %v", got, err, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-11-20", "2026-11-20 15:04", "1795158240123", "1h30m", "today", "３d", "-3d", "99999999999w", "2026-11-20T15:04:05.9+08:00"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		start, err := timeparse.Parse(s, now, time.UTC)
		end, endErr := timeparse.ParseEnd(s, now, time.UTC)
		if (err == nil) != (endErr == nil) {
			t.Fatalf("Parse: %v, ParseEnd: %v", err, endErr)
		}
		if err != nil {
			if fault.KindOf(err) != fault.Usage {
				t.Fatalf("not a usage error: %v", err)
			}
			return
		}
		if start.UnixMilli() <= 0 || start.Nanosecond()%int(time.Millisecond) != 0 || end.Before(start) {
			t.Fatalf("from %v to %v", start, end)
		}
	})
}
