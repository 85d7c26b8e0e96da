package engine

import (
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/limiter"
)

func TestEstimate(t *testing.T) {
	app, user := limiter.Limit{Calls: 100, Per: time.Second}, limiter.Limit{Calls: 5, Per: time.Minute}
	limits := limiter.Limits{limiter.FamilyList: {App: app, User: user}, limiter.FamilyDeleteConversation: {App: app, User: user}, limiter.FamilyOther: {App: app}}
	got := NewEstimate(50_000, map[string]float64{limiter.FamilyList: 1, limiter.FamilyOther: 12.5}, limits)
	if got.Calls != 675_000 || got.Time.Seconds() != 6250 {
		t.Errorf("%+v", got)
	}
	for calls, want := range map[float64]time.Duration{5: 100 * time.Millisecond, 5.5: time.Minute, 10: time.Minute, 11: 2 * time.Minute} {
		if got := NewEstimate(2, map[string]float64{limiter.FamilyDeleteConversation: calls}, limits); got.Time.Round(100*time.Millisecond) != want {
			t.Errorf("%g calls each: %s, want %s", calls, got.Time, want)
		}
	}
	if got := NewEstimate(10, map[string]float64{limiter.FamilyOther: 1}, nil); got.Time != 0 || got.Calls != 10 {
		t.Errorf("%+v", got)
	}
}
