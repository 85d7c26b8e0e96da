package easemob

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// cancelling is a Budgets that cancels the caller.
type cancelling struct{ cancel context.CancelFunc }

func (b cancelling) Take(ctx context.Context, _ string, _ limiter.Limit) (time.Duration, error) {
	b.cancel()
	return 0, ctx.Err()
}

// A deletion that is cancelled while it waits for the limiter is not sent, and its
// error says so.
func TestADeletionThatWaitsIsNotSent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &service{answer: replies(okDeletion)}
	c, _ := newTest(t, s, appTokenOnly, func(o *Options) {
		o.Limiter = limiter.New(limiter.Options{Limits: contractLimits(), Budgets: cancelling{cancel}})
	})
	err := c.DeleteMessages(ctx, alice("bob", roaming.Chat), []roaming.MessageID{1}, true)
	if !roaming.IsNotSent(err) || fault.KindOf(err) != fault.Interrupted {
		t.Errorf("%v", err)
	}
	if n := len(s.asked(true)); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
}

// A deletion in flight is not cancelled: its outcome must be known.
func TestADeletionInFlightIsNotCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &service{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
		cancel()
		reply(w, 200, okDeletion)
	}}
	c, _ := newTest(t, s, appTokenOnly)
	if err := c.DeleteMessages(ctx, alice("bob", roaming.Chat), []roaming.MessageID{1}, true); err != nil {
		t.Error(err)
	}
}

// A deletion that failed once may have been carried out, also if its retry is cancelled.
func TestADeletionThatFailedOnceMayHaveBeenCarriedOut(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &service{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
		cancel()
		reply(w, 503, `{}`)
	}}
	c, _ := newTest(t, s, appTokenOnly)
	err := c.DeleteMessages(ctx, alice("bob", roaming.Chat), []roaming.MessageID{1}, true)
	if err == nil || roaming.IsNotSent(err) || fault.KindOf(err) != fault.Interrupted {
		t.Errorf("%v", err)
	}
	if n := len(s.asked(true)); n != 1 {
		t.Errorf("%d calls were sent", n)
	}
}
