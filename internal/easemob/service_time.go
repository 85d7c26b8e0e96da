package easemob

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// serviceTime is the service's clock: its last known time, and ours at that moment.
type serviceTime struct {
	requesting sync.Mutex // held during the request
	requested  bool       // guarded by requesting

	mu           sync.Mutex
	theirs, ours time.Time
	exact        bool // theirs is a timestamp in an answer, not a Date header
}

// noteDate notes an answer's Date header, which is in whole seconds.
func (s *serviceTime) noteDate(h http.Header, now time.Time) {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		s.note(at, now, false)
	}
}

func (s *serviceTime) note(theirs, ours time.Time, exact bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if exact || !s.exact {
		s.theirs, s.ours, s.exact = theirs, ours, exact
	}
}

// at returns the service's time when ours is now; now itself if it is not known.
func (s *serviceTime) at(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.theirs.IsZero() {
		return now
	}
	return s.theirs.Add(now.Sub(s.ours))
}

// Now returns the service's time: by the timestamp of an answer, requested once, or
// by the last Date header, or else this machine's.
func (c *Client) Now(ctx context.Context) (roaming.Time, error) {
	c.service.requesting.Lock()
	defer c.service.requesting.Unlock()
	if !c.service.requested {
		var a struct {
			Timestamp integer `json:"timestamp"`
		}
		err := c.do(ctx, get("requesting the service's time", "/users", nil, url.Values{"limit": {"1"}}), &a)
		if ctx.Err() != nil {
			return roaming.Time{}, err
		}
		if theirs, ok := roaming.Instant(uint64(max(0, a.Timestamp))); err == nil && ok {
			c.service.note(theirs.Time, c.clock.Now(), true)
		}
		c.service.requested = true
	}
	return roaming.Millis(c.service.at(c.clock.Now()).UnixMilli()), nil
}
