package multiuser

import "testing"

// Few calls are spent on few users.
func TestMaxCallsLimitsConcurrentUsers(t *testing.T) {
	for calls, want := range map[int]int{0: maxJobs, 1: 1, 19: 1, 100: 10, 1_000_000: maxJobs} {
		if got := (&Limits{maxCalls: calls}).maxJobs(); got != want {
			t.Errorf("%d calls: %d users at once, want %d", calls, got, want)
		}
	}
}
