package easemob

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// waiting is a pacer that has whoever waits end.
type waiting struct{ end context.CancelFunc }

func (w waiting) Wait(ctx context.Context, _ string, _ Limit) error {
	w.end()
	return ctx.Err()
}

func (w waiting) Take(ctx context.Context, _ string, _ Limit) (time.Duration, error) {
	return 0, ctx.Err()
}

// A deletion that still waits for its turn is not sent once its caller has
// ended, and says that it was not.
func TestADeletionThatWaitsIsNotSent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &service{answer: replies(okDeletion)}
	c, _ := newTest(t, s, appTokenOnly, func(o *Options) { o.Limits, o.Pacer = DefaultLimits(), waiting{cancel} })
	err := c.DeleteMessages(ctx, alice("bob", roaming.Chat), []roaming.MessageID{1}, true)
	if !roaming.IsNotSent(err) || fault.KindOf(err) != fault.Interrupted {
		t.Errorf("%v", err)
	}
	if n := len(s.asked(true)); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
}

// One that is on its way is waited for: whether it was carried out must be known.
func TestADeletionOnItsWayIsWaitedFor(t *testing.T) {
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

// One that failed once may have been carried out, wherever it ends.
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
