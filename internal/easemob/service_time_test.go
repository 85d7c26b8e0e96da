package easemob

import (
	"net/http"
	"testing"
	"time"
)

// The service's time comes from a timestamp, or else the Date header. It is requested
// once, and advances with our clock.
func TestServiceTime(t *testing.T) {
	shown := time.Date(2031, 5, 6, 7, 8, 9, 123e6, time.UTC)
	date := http.Header{"Date": {shown.Format(http.TimeFormat)}}
	for name, tt := range map[string]struct {
		status int
		header http.Header
		body   string
		want   time.Time
	}{
		"a timestamp":            {200, date, `{"timestamp":"1935817689123","entities":[]}`, shown},
		"a date":                 {200, date, `{"entities":[]}`, shown.Truncate(time.Second)},
		"a date of a refusal":    {403, date, `{}`, shown.Truncate(time.Second)},
		"an odd timestamp":       {200, date, `{"timestamp":1935817689123456}`, shown.Truncate(time.Second)},
		"no timestamp, no date":  {200, nil, `{"timestamp":0}`, newTestClock().now},
		"an unreadable one":      {200, nil, `{"timestamp":"soon"}`, newTestClock().now},
		"a service that is down": {500, nil, `{}`, newTestClock().now},
	} {
		calls := 0
		c, clock := newOffline(t, func(n int) (*http.Response, error) {
			calls = n
			return response(tt.status, tt.header, tt.body), nil
		}, func(o *Options) { o.Retry.Attempts = 1 })
		for range 2 {
			got, err := c.Now(t.Context())
			if err != nil || !got.Equal(tt.want) || calls != 1 {
				t.Errorf("%s: %s after %d calls, %v", name, got, calls, err)
			}
			tt.want = tt.want.Add(time.Hour)
			clock.now = clock.now.Add(time.Hour)
		}
	}
}
