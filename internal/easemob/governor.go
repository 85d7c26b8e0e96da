package easemob

import (
	"context"
	"errors"
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
	// Budget takes the call from the user's limit, which it fails for when that
	// is used up, and waits for the App Key's; what they count may be shared
	// with other processes.
	Budget func(ctx context.Context) error
}

// Ending is how an attempt came out.
type Ending struct {
	Limited    bool          // 429
	RetryAfter time.Duration // what came with it, or Retry.MaxRetryAfter if that is less; 0 for nothing
	Overloaded bool          // 408, 5xx, a time-out or a cut connection
	Abandoned  bool          // the caller gave up
}

// begin waits for all that paces a call: its user's own limit, which holds up
// nobody else, and the App Key's.
func (c *Client) begin(ctx context.Context, k call) (end func(answer), err error) {
	for {
		end, full, err := c.tryBegin(ctx, k)
		if full == 0 || err != nil {
			return end, err
		}
		if err := c.park(ctx, full); err != nil {
			return nil, err
		}
	}
}

// errFull ends a beginning: the user's limit allows no more calls now.
var errFull = errors.New("a user's own limit is used up")

// tryBegin is begin that returns how long the user's own limit is full. That is
// counted when the call can go out: the service counts when it arrives.
func (c *Client) tryBegin(ctx context.Context, k call) (end func(answer), full time.Duration, err error) {
	app, user := c.limits.of(k.family)
	budget := func(ctx context.Context) (err error) {
		name := c.app.String() + " " + string(k.family)
		if !user.none() {
			if full, err = c.pacer.Take(ctx, name+" "+k.user, user); err != nil {
				return err
			}
			if full > 0 {
				return errFull
			}
		}
		if app.none() {
			return ctx.Err()
		}
		return c.pacer.Wait(ctx, name, app)
	}
	ended := func(Ending) {}
	if c.governor == nil {
		err = budget(ctx)
	} else {
		ended, err = c.governor.Begin(ctx, Attempt{Family: string(k.family), Limit: app, UserLimit: !user.none(), Budget: budget})
	}
	if errors.Is(err, errFull) {
		return nil, full, nil
	}
	return func(a answer) { ended(a.ending(ctx, c.clock.Now(), c.retry.MaxRetryAfter)) }, 0, err
}

// park waits for what is one user's own business.
func (c *Client) park(ctx context.Context, d time.Duration) error {
	if c.governor != nil {
		defer c.governor.Park()()
	}
	return c.clock.Sleep(ctx, d)
}

func (a answer) ending(ctx context.Context, now time.Time, longest time.Duration) Ending {
	switch {
	case a.err != nil && ctx.Err() != nil:
		return Ending{Abandoned: true}
	case a.status == http.StatusTooManyRequests:
		after, _ := retryAfter(a.header, now)
		return Ending{Limited: true, RetryAfter: min(after, longest)}
	default:
		return Ending{Overloaded: a.err != nil || a.status == http.StatusRequestTimeout || a.status >= http.StatusInternalServerError}
	}
}
