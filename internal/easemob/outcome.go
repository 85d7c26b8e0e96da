package easemob

import (
	"context"
	"net/http"
	"time"

	"github.com/roamctl/roamctl/internal/limiter"
)

// outcome is what the limiter needs to know of an attempt. A Retry-After longer
// than longest is cut to that.
func (a answer) outcome(ctx context.Context, now time.Time, longest time.Duration) limiter.Outcome {
	switch {
	case a.err != nil && ctx.Err() != nil:
		return limiter.Outcome{Result: limiter.Cancelled}
	case a.status == http.StatusTooManyRequests:
		after, _ := retryAfter(a.header, now)
		return limiter.Outcome{Result: limiter.Refused, RetryAfter: min(after, longest)}
	case a.err != nil || a.status == http.StatusRequestTimeout || a.status >= http.StatusInternalServerError:
		return limiter.Outcome{Result: limiter.Overloaded}
	}
	return limiter.Outcome{Result: limiter.Answered}
}
