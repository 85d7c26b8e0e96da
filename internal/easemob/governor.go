package easemob

import (
	"context"
	"net/http"
	"time"
)

// Governor decides when each attempt of a call begins, beside the limits. It is
// told how the attempts end, so that it can hold all of them back together.
type Governor interface {
	// Begin returns when the attempt may be sent, or ctx's error or the
	// budget's. The end that it returns is called once.
	Begin(ctx context.Context, a Attempt) (end func(Ending), err error)
	// Park tells that a call waits for one user's own limit, until unpark.
	Park() (unpark func())
}

// Attempt is what a Governor is told of a call.
type Attempt struct {
	Family    string // of calls that share a limit; "" is one, too
	Limit     Limit  // the App Key's for the family
	UserLimit bool   // a user's own limit may be what refuses it
	// Budget waits for the App Key's limit; what it counts may be shared with
	// other processes.
	Budget func(ctx context.Context) error
}

// Ending is how an attempt came out.
type Ending struct {
	Limited    bool          // 429
	RetryAfter time.Duration // what came with it; 0 for nothing
	Overloaded bool          // 408, 5xx, a time-out or a cut connection
	Abandoned  bool          // the caller gave up
}

// begin waits for all that paces a call: its user's own limit first, which
// holds up nobody else, then the App Key's.
func (c *Client) begin(ctx context.Context, k call) (end func(answer), err error) {
	app, user := c.limits.of(k.family)
	if !user.none() {
		if err := c.waitForUser(ctx, k, user); err != nil {
			return nil, err
		}
	}
	budget := func(ctx context.Context) error {
		if app.none() {
			return ctx.Err()
		}
		return c.pacer.Wait(ctx, c.app.String()+" "+string(k.family), app)
	}
	if c.governor == nil {
		return func(answer) {}, budget(ctx)
	}
	ended, err := c.governor.Begin(ctx, Attempt{Family: string(k.family), Limit: app, UserLimit: !user.none(), Budget: budget})
	if err != nil {
		return nil, err
	}
	return func(a answer) { ended(a.ending(ctx, c.clock.Now())) }, nil
}

func (c *Client) waitForUser(ctx context.Context, k call, user Limit) error {
	if c.governor != nil {
		defer c.governor.Park()()
	}
	return c.pacer.Wait(ctx, c.app.String()+" "+string(k.family)+" "+k.user, user)
}

func (a answer) ending(ctx context.Context, now time.Time) Ending {
	switch {
	case a.err != nil && ctx.Err() != nil:
		return Ending{Abandoned: true}
	case a.status == http.StatusTooManyRequests:
		after, _ := retryAfter(a.header, now)
		return Ending{Limited: true, RetryAfter: after}
	default:
		return Ending{Overloaded: a.err != nil || a.status == http.StatusRequestTimeout || a.status >= http.StatusInternalServerError}
	}
}
