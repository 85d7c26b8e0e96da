package timeparse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/timeparse"
)

func TestDaysOfPeople(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	now := time.Date(2026, 11, 23, 1, 2, 3, 0, shanghai) // a Monday
	for in, want := range map[string]string{
		"tuesday": "2026-11-17T00:00", "Tue": "2026-11-17T00:00", "周二": "2026-11-17T00:00", "星期二": "2026-11-17T00:00", "礼拜二": "2026-11-17T00:00",
		"monday": "2026-11-16T00:00", "周一": "2026-11-16T00:00", // today is Monday
		"sunday": "2026-11-22T00:00", "周日": "2026-11-22T00:00", "星期天": "2026-11-22T00:00", "SATURDAY": "2026-11-21T00:00", "周六": "2026-11-21T00:00",
		"昨天": "2026-11-22T00:00", "前天": "2026-11-21T00:00", "今天": "2026-11-23T00:00",
		"11-20": "2026-11-20T00:00", "１１－２０": "2026-11-20T00:00", "11-23": "2026-11-23T00:00", "11-24": "2025-11-24T00:00",
		"20:23": "2026-11-22T20:23", "00:30": "2026-11-23T00:30", "0:30": "2026-11-23T00:30", "20：23": "2026-11-22T20:23",
		"tuesday 20:23": "2026-11-17T20:23", "昨天 20:23": "2026-11-22T20:23", "11-20 08:00": "2026-11-20T08:00", "today 23:00": "2026-11-23T23:00",
		"上周二": "2026-11-17T00:00", "上周一": "2026-11-16T00:00", "上星期天": "2026-11-22T00:00", "上周六 8:05": "2026-11-21T08:05",
		"11月20日": "2026-11-20T00:00", "11月24号": "2025-11-24T00:00", "1月2日 20:23": "2026-01-02T20:23", "2025年1月2日": "2025-01-02T00:00", "１１月２０日20：23": "2026-11-20T20:23",
	} {
		got, err := timeparse.Parse(in, now, shanghai)
		if err != nil || got.Format("2006-01-02T15:04") != want {
			t.Errorf("Parse(%q) = %v, %v, want %s", in, got, err, want)
		}
		end, err := timeparse.ParseEnd(in, now, shanghai)
		day := !strings.ContainsAny(in, ":：")
		if want := got.Add(24*time.Hour - time.Millisecond); err != nil || day && !end.Equal(want) || !day && !end.Equal(got) {
			t.Errorf("ParseEnd(%q) = %v, %v", in, end, err)
		}
	}
}

func TestDaysThatAreRefused(t *testing.T) {
	now := time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
	for in, want := range map[string]string{
		"24-11": "a month and a day", "11-31": "a month and a day", "02-29": "add the year", "02-29 10:00": "add the year",
		"1-2": "is not a time", "11-24-2026": "is not a time", "last tuesday": "is not a time", "tues": "is not a time", "上tuesday": "is not a time", "上周": "is not a time", "11月": "is not a time", "月日": "is not a time", "13月1日": "a month and a day", "2月29日": "add the year", "11月20日日": "is not a time",
		"周": "is not a time", "周八": "is not a time", "周\x97\xa5\xe5": "is not a time", "tuesday 25:00": "is not a time", "20:23 tuesday": "is not a time",
		"24:00": "is not a time", "20:60": "is not a time", "2023": "Unix seconds", ":": "is not a time", "11-24T10:00": "is not a time",
	} {
		if got, err := timeparse.Parse(in, now, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, %v, want %q", in, got, err, want)
		}
	}
}

func TestMeansLast(t *testing.T) {
	for in, want := range map[string]bool{
		"tuesday": true, "周二": true, "上周二": true, "11月24日": true, "11-24": true, "20:23": true, " tuesday 20:23": true, "11-24 20:23": true,
		"2026-11-24": false, "2026年11月24日": false, "2026-11-24 20:23": false, "2026-11-24T20:23": false, "yesterday": false, "昨天 20:23": false, "3d": false, "now": false, "": false,
	} {
		if got := timeparse.MeansLast(in); got != want {
			t.Errorf("MeansLast(%q) = %v", in, got)
		}
	}
}

func TestDescribeLast(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, zone(t, "Asia/Shanghai"))
	for in, want := range map[string]string{
		"tuesday": "tuesday is Tuesday, 2026-11-24", "周二": "周二 is Tuesday, 2026-11-24", " 11-24 00:00": "11-24 00:00 is Tuesday, 2026-11-24 00:00",
		"20:23": "20:23 is Sunday, 2026-11-29 20:23", "周二 20:23:05": "周二 20:23:05 is Tuesday, 2026-11-24 20:23:05",
	} {
		for _, parse := range []func(string, time.Time, *time.Location) (time.Time, error){timeparse.Parse, timeparse.ParseEnd} {
			at, err := parse(in, now, now.Location())
			if got := timeparse.DescribeLast(in, at); err != nil || got != want {
				t.Errorf("%q: %q, %v, want %q", in, got, err, want)
			}
		}
	}
}

// Whatever the moment and the zone, a form that means the last one of its kind is of
// that kind, not after now, and not further back than one round of it.
func TestTheLastOneIsTheLast(t *testing.T) {
	zones := []string{"UTC", "Asia/Shanghai", "America/Sao_Paulo", "Australia/Lord_Howe"}
	const day = 24 * time.Hour
	rapid.Check(t, func(rt *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		now := time.UnixMilli(rapid.Int64Range(4e11, 4e12).Draw(rt, "now")).In(loc)
		check := func(text string, is func(time.Time) bool, round time.Duration) {
			got, err := timeparse.Parse(text, now, loc)
			if err != nil || !is(got) || got.After(now) || now.Sub(got) > round {
				rt.Errorf("at %v %q is %v, %v", now, text, got, err)
			}
		}
		weekday := time.Weekday(rapid.IntRange(0, 6).Draw(rt, "weekday"))
		check(weekday.String(), func(got time.Time) bool {
			return got.Weekday() == weekday && got.Format(time.DateOnly) != now.Format(time.DateOnly)
		}, 8*day+2*time.Hour)
		date := time.Date(2001, 1, 1+rapid.IntRange(0, 364).Draw(rt, "date"), 0, 0, 0, 0, time.UTC).Format("01-02")
		check(date, func(got time.Time) bool { return got.Format("01-02") == date }, 367*day)
		minute := rapid.IntRange(0, 24*60-1).Draw(rt, "minute")
		clock := fmt.Sprintf("%02d:%02d", minute/60, minute%60)
		check(clock, func(got time.Time) bool {
			full, err := timeparse.Parse(got.Format(time.DateOnly)+" "+clock, now, loc)
			return err == nil && full.Equal(got)
		}, day+3*time.Hour)
	})
}
