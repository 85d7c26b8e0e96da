package admin

import (
	"encoding/json"
	"testing"
	"time"
)

func TestTimesHaveMilliseconds(t *testing.T) {
	east := time.FixedZone("", 8*60*60)
	for want, at := range map[string]time.Time{
		`"2026-11-23T04:00:00.000Z"`: time.Date(2026, 11, 23, 12, 0, 0, 0, east),
		`"2026-11-23T04:00:00.120Z"`: time.Date(2026, 11, 23, 12, 0, 0, 120_000_000, east),
		`"2026-11-23T04:00:00.123Z"`: time.Date(2026, 11, 23, 12, 0, 0, 123_456_789, east),
	} {
		got, err := json.Marshal(Time{at})
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		var back Time
		if err := json.Unmarshal(got, &back); err != nil || !back.Equal(at.Truncate(time.Millisecond)) {
			t.Errorf("%s is read as %s, %v", got, back, err)
		}
	}
}
