package easemob

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// serviceTime is what is known of the service's clock: what it showed, and when
// that was by ours.
type serviceTime struct {
	asking sync.Mutex // held while the service is asked
	asked  bool       // guarded by asking

	mu           sync.Mutex
	shown, heard time.Time
	exact        bool // shown is a timestamp in an answer, not a Date header
}

// date notes an answer's Date header, which is whole seconds.
func (s *serviceTime) date(h http.Header, now time.Time) {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		s.note(at, now, false)
	}
}

func (s *serviceTime) note(shown, now time.Time, exact bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if exact || !s.exact {
		s.shown, s.heard, s.exact = shown, now, exact
	}
}

// at is the service's time when ours is now; now itself where it never showed one.
func (s *serviceTime) at(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown.IsZero() {
		return now
	}
	return s.shown.Add(now.Sub(s.heard))
}

// Now is the service's time: the timestamp of a listing's answer, asked for
// once, or the Date header of the latest one. Where neither is there, it is
// this machine's.
func (c *Client) Now(ctx context.Context) (roaming.Time, error) {
	c.service.asking.Lock()
	defer c.service.asking.Unlock()
	if !c.service.asked {
		var a struct {
			Timestamp integer `json:"timestamp"`
		}
		err := c.do(ctx, call{
			what: "asking for the service's time", method: http.MethodGet, path: "/users",
			query: url.Values{"limit": {"1"}}, as: asApp(), idempotent: true,
		}, &a)
		if ctx.Err() != nil {
			return roaming.Time{}, err
		}
		if shown, ok := instant(uint64(max(0, a.Timestamp))); err == nil && ok && !shown.IsZero() {
			c.service.note(shown.Time, c.clock.Now(), true)
		}
		c.service.asked = true
	}
	return roaming.Millis(c.service.at(c.clock.Now()).UnixMilli()), nil
}
