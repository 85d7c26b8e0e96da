package bulk

import (
	"testing"
	"time"
)

func TestEstimate(t *testing.T) {
	got := NewEstimate(50_000, map[string]float64{"list": 1, "": 12.5}, Rates{"": {PerSecond: 100}, "list": {PerSecond: 100, OwnCalls: 5, OwnPer: time.Minute}})
	if got.Calls != 675_000 || got.Time.Seconds() != 6250 {
		t.Errorf("%+v", got)
	}
	own := Rates{"unlist": {PerSecond: 100, OwnCalls: 5, OwnPer: time.Minute}}
	for calls, want := range map[float64]time.Duration{5: 100 * time.Millisecond, 5.5: time.Minute, 10: time.Minute, 11: 2 * time.Minute} {
		if got := NewEstimate(2, map[string]float64{"unlist": calls}, own); got.Time.Round(100*time.Millisecond) != want {
			t.Errorf("%g calls each: %s, want %s", calls, got.Time, want)
		}
	}
	if got := NewEstimate(10, map[string]float64{"": 1}, nil); got.Time != 0 || got.Calls != 10 {
		t.Errorf("%+v", got)
	}
}
