package easemob

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"pgregory.net/rapid"
)

func TestBackoffGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Retry{
			MinWait: time.Duration(rapid.IntRange(1, 1000).Draw(t, "min")) * time.Millisecond,
			MaxWait: time.Duration(rapid.IntRange(1000, 60000).Draw(t, "max")) * time.Millisecond,
		}.withDefaults()
		backoff := r.backoff()
		for i := range 10 {
			got, middle := backoff.NextBackOff(), min(r.MinWait<<i, r.MaxWait)
			if got < middle/2 || got > middle*3/2+1 {
				t.Fatalf("wait %d is %v, want %v give or take half", i+1, got, middle)
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := newTestClock().Now()
	listing := limiter.Limit{Calls: 5, Per: time.Minute}
	tests := []struct {
		name   string
		user   limiter.Limit
		status int
		header string
		want   time.Duration
	}{
		{"seconds", limiter.Limit{}, 503, "7", 7 * time.Second},
		{"beyond the longest backoff", limiter.Limit{}, 429, "90", 90 * time.Second},
		{"beyond all patience", limiter.Limit{}, 429, "86400", 10 * time.Minute},
		{"a date", limiter.Limit{}, 503, now.Add(42 * time.Second).Format(http.TimeFormat), 42 * time.Second},
		{"a date gone by", limiter.Limit{}, 503, now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"nonsense", limiter.Limit{}, 503, "soon", time.Second},
		{"negative", limiter.Limit{}, 503, "-5", time.Second},
		{"none", limiter.Limit{}, 429, "", time.Second},
		{"none, but a slow budget", listing, 429, "", 12 * time.Second},
		{"a slow budget and a 503", listing, 503, "", time.Second},
	}
	for _, tt := range tests {
		h := http.Header{}
		if tt.header != "" {
			h.Set("Retry-After", tt.header)
		}
		got := Retry{}.withDefaults().wait(tt.user, answer{status: tt.status, header: h}, time.Second, now)
		if got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestRetryAfterIsRespected(t *testing.T) {
	c, clock := newOffline(t, func(n int) (*http.Response, error) {
		if n < 3 {
			return response(429, http.Header{"Retry-After": {"61"}}, `{"error":"resource_limited"}`), nil
		}
		return response(200, nil, okDeletion), nil
	})
	if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{61 * time.Second, 61 * time.Second}, clock.sleeps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	c, _ := newOffline(t, func(int) (*http.Response, error) {
		return response(429, http.Header{"Retry-After": {"60"}}, `{}`), nil
	}, func(o *Options) { o.Clock = nil })
	err := c.DeleteEverything(ctx, "alice")
	if fault.KindOf(err) != fault.RateLimited || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
