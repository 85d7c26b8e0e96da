package easemob

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// limited sets limits that use the client's clock.
func limited(limits limiter.Limits) func(*Options) {
	return func(o *Options) { o.Limiter = limiter.New(limiter.Options{Limits: limits, Clock: o.Clock}) }
}

// contractLimits are the limits of docs/contract.md, section 10.
func contractLimits() limiter.Limits {
	app, user := limiter.Limit{Calls: 100, Per: time.Second}, limiter.Limit{Calls: 5, Per: time.Minute}
	return limiter.Limits{
		limiter.FamilyOther: {App: app}, limiter.FamilyList: {App: app, User: user}, limiter.FamilyDeleteConversation: {App: app, User: user},
		limiter.FamilyDelete: {App: app}, limiter.FamilyImport: {App: app},
	}
}

// countingBudgets records each call and allows it.
type countingBudgets struct {
	mu     sync.Mutex
	counts []string
	limits map[string]limiter.Limit
}

func (b *countingBudgets) Take(ctx context.Context, budget string, l limiter.Limit) (time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts = append(b.counts, budget)
	if b.limits == nil {
		b.limits = map[string]limiter.Limit{}
	}
	b.limits[budget] = l
	return 0, ctx.Err()
}

// Each family has its own budget, and some have one for each user (docs/contract.md,
// section 10).
func TestFamiliesHaveSeparateBudgets(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		switch r.Method + r.URL.Path[len("/org/app"):] {
		case "GET/users/alice/user_channels":
			reply(w, 200, `{"data":{"channel_infos":[],"cursor":""}}`)
		case "POST/users/alice/messageroaming":
			reply(w, 200, `{"data":{"msgs":[],"is_last":true,"next_key":""}}`)
		case "DELETE/users/alice/user_channel":
			reply(w, 200, sample(t, "conversation_deleted.json"))
		default:
			reply(w, 200, okDeletion)
		}
	}}
	app := func(n int) limiter.Limit { return limiter.Limit{Calls: n, Per: time.Second} }
	limits := limiter.Limits{
		limiter.FamilyOther: {App: app(1)}, limiter.FamilyList: {App: app(2), User: app(5)},
		limiter.FamilyDeleteConversation: {App: app(3), User: app(6)}, limiter.FamilyDelete: {App: app(4)},
	}
	b := &countingBudgets{}
	c, _ := newTest(t, s, appTokenOnly, func(o *Options) {
		o.Limiter = limiter.New(limiter.Options{Limits: limits, Budgets: b, Clock: o.Clock})
	})
	ctx := t.Context()
	if _, err := c.RecentConversations(ctx, "alice"); err != nil {
		t.Error(err)
	}
	if _, err := pages(c.History(ctx, alice("bob", roaming.Chat), roaming.HistoryQuery{})); err != nil {
		t.Error(err)
	}
	if err := c.DeleteConversation(ctx, alice("bob", roaming.Chat), true); err != nil {
		t.Error(err)
	}
	if err := c.DeleteMessages(ctx, alice("bob", roaming.Chat), []roaming.MessageID{1}, true); err != nil {
		t.Error(err)
	}
	want := map[string]limiter.Limit{
		"other": app(1), "list": app(2), "unlist": app(3), "delete": app(4), "list alice": app(5), "unlist alice": app(6),
	}
	if diff := cmp.Diff(want, b.limits); diff != "" {
		t.Error(diff)
	}
}

func TestEveryAttemptIsCounted(t *testing.T) {
	b := &countingBudgets{}
	c, _ := newOffline(t, func(n int) (*http.Response, error) {
		switch n {
		case 1:
			return response(429, http.Header{"Retry-After": {"3"}}, `{}`), nil
		case 2:
			return response(503, nil, `{}`), nil
		case 3:
			return nil, io.ErrUnexpectedEOF
		default:
			return response(200, nil, okDeletion), nil
		}
	}, func(o *Options) {
		o.Limiter = limiter.New(limiter.Options{Limits: contractLimits(), Budgets: b, Clock: o.Clock})
	})
	if err := c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), []roaming.MessageID{1}, true); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Repeat([]string{"delete"}, 4), b.counts); diff != "" {
		t.Error(diff)
	}
	if got := c.Limiter().Stats(); got.Calls != 4 || got.Refused != 1 || got.InFlight != 0 {
		t.Errorf("%+v", got)
	}
}

func TestOutcomes(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	after := http.Header{"Retry-After": {"86400"}}
	for name, c := range map[string]struct {
		ctx  context.Context
		a    answer
		want limiter.Outcome
	}{
		"answered":   {t.Context(), answer{status: 200}, limiter.Outcome{Result: limiter.Answered}},
		"not found":  {t.Context(), answer{status: 404}, limiter.Outcome{Result: limiter.Answered}},
		"refused":    {t.Context(), answer{status: 429, header: after}, limiter.Outcome{Result: limiter.Refused, RetryAfter: maxRetryAfter}},
		"timeout":    {t.Context(), answer{status: 408}, limiter.Outcome{Result: limiter.Overloaded}},
		"overloaded": {t.Context(), answer{status: 503}, limiter.Outcome{Result: limiter.Overloaded}},
		"cut":        {t.Context(), answer{err: io.ErrUnexpectedEOF}, limiter.Outcome{Result: limiter.Overloaded}},
		"cancelled":  {cancelled, answer{err: context.Canceled}, limiter.Outcome{Result: limiter.Cancelled}},
	} {
		if got := c.a.outcome(c.ctx, time.Time{}); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Five lists are sent at once, the sixth a minute after the first. Other users and
// deletions have other budgets. A refused list waits until the user's limit allows
// another call.
func TestUserLimit(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case r.Method == http.MethodDelete:
			reply(w, 200, sample(t, "conversation_deleted.json"))
		case n == 13:
			reply(w, 429, `{}`)
		default:
			reply(w, 200, `{"data":{"channel_infos":[],"cursor":""}}`)
		}
	}}
	c, clock := newTest(t, s, appTokenOnly, limited(contractLimits()))
	list := func(user string) {
		t.Helper()
		if _, err := c.RecentConversations(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		list("alice")
		clock.advance(time.Second)
	}
	list("bob")
	for range 5 {
		if err := c.DeleteConversation(t.Context(), alice("bob", roaming.Chat), false); err != nil {
			t.Fatal(err)
		}
	}
	clock.sleeps = nil
	list("alice")
	if diff := cmp.Diff([]time.Duration{55 * time.Second}, clock.sleeps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	clock.sleeps = nil
	list("carol")
	if diff := cmp.Diff([]time.Duration{12 * time.Second}, clock.sleeps); diff != "" {
		t.Errorf("after a refusal (-want +got):\n%s", diff)
	}
}

func TestAppLimit(t *testing.T) {
	c, clock := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, okDeletion), nil },
		limited(contractLimits()))
	start := clock.Now()
	for i := range 250 {
		if err := c.DeleteEverything(t.Context(), fmt.Sprint("user", i)); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(start); took < 2*time.Second || took > 2500*time.Millisecond {
		t.Errorf("250 calls at 100 a second took %v", took)
	}
}

func TestNoLimitsNoWait(t *testing.T) {
	c, clock := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, okDeletion), nil })
	for range 300 {
		if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
	}
	if len(clock.sleeps) != 0 {
		t.Errorf("slept %v", clock.sleeps)
	}
}
