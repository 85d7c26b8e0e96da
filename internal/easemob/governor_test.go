package easemob

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
)

// recordingGovernor lets every attempt begin and notes what it was told.
type recordingGovernor struct {
	began  []string
	ended  []Ending
	parked int
}

func (g *recordingGovernor) Begin(ctx context.Context, a Attempt) (func(Ending), error) {
	g.began = append(g.began, a.Family)
	return func(e Ending) { g.ended = append(g.ended, e) }, a.Budget(ctx)
}

func (g *recordingGovernor) Park() func() {
	g.parked++
	return func() { g.parked-- }
}

func TestTheGovernorHearsOfEveryAttempt(t *testing.T) {
	g := &recordingGovernor{}
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
	}, func(o *Options) { o.Governor = g })
	if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	want := []Ending{{Limited: true, RetryAfter: 3 * time.Second}, {Overloaded: true}, {Overloaded: true}, {}}
	if diff := cmp.Diff(want, g.ended); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"delete", "delete", "delete", "delete"}, g.began); diff != "" {
		t.Error(diff)
	}
}

// parkingClock notes how many were parked when it was slept on.
type parkingClock struct {
	*testClock

	governor *recordingGovernor
	parked   []int
}

func (c *parkingClock) Sleep(ctx context.Context, d time.Duration) error {
	c.parked = append(c.parked, c.governor.parked)
	return c.testClock.Sleep(ctx, d)
}

// The lists of one user wait for that user's limit as somebody's own business,
// before the attempt and after a refusal; what is counted is what goes out.
func TestAUsersLimitIsParkedFor(t *testing.T) {
	g := &recordingGovernor{}
	clock := &parkingClock{testClock: newTestClock(), governor: g}
	s := &service{answer: func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 7 {
			reply(w, 429, `{}`)
			return
		}
		reply(w, 200, `{"data":{"channel_infos":[],"cursor":""}}`)
	}}
	c, _ := newTest(t, s, appTokenOnly, func(o *Options) {
		o.Limits, o.Governor, o.Clock = Limits{UserList: Limit{5, time.Minute}}, g, clock
	})
	for range 7 {
		if _, err := c.RecentConversations(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{1, 1}, clock.parked); diff != "" || g.parked != 0 {
		t.Errorf("parked while waiting for the limit, and after the refusal: %v, and %d after", clock.parked, g.parked)
	}
	if diff := cmp.Diff([]time.Duration{time.Minute, 12 * time.Second}, clock.sleeps); diff != "" {
		t.Error(diff)
	}
	if n := len(g.began); n != 1+7+1+1 { // a token, the lists, what found the limit used up, the refusal
		t.Errorf("%d attempts began", n)
	}
}

// A service that asks for a day is not given one.
func TestEndingsAskForNoMoreThanIsHonoured(t *testing.T) {
	g := &recordingGovernor{}
	c, _ := newOffline(t, func(n int) (*http.Response, error) {
		if n == 1 {
			return response(429, http.Header{"Retry-After": {"86400"}}, `{}`), nil
		}
		return response(200, nil, okDeletion), nil
	}, func(o *Options) { o.Governor = g })
	if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if g.ended[0].RetryAfter != 10*time.Minute {
		t.Errorf("%+v", g.ended)
	}
}

type pacerFunc func(budget string, l Limit)

func (f pacerFunc) Wait(ctx context.Context, budget string, l Limit) error {
	f(budget, l)
	return ctx.Err()
}

func (f pacerFunc) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	return 0, f.Wait(ctx, budget, l)
}

// Each family has a budget of its own, as section 10 of the contract has it.
func TestFamiliesHaveBudgetsOfTheirOwn(t *testing.T) {
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
	got := map[string]Limit{}
	limits := Limits{
		Other: Limit{1, time.Second}, List: Limit{2, time.Second}, Unlist: Limit{3, time.Second}, Delete: Limit{4, time.Second},
		UserList: Limit{5, time.Minute}, UserUnlist: Limit{6, time.Minute},
	}
	c, _ := newTest(t, s, appTokenOnly, func(o *Options) {
		o.Limits, o.Pacer = limits, pacerFunc(func(budget string, l Limit) { got[budget] = l })
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
	want := map[string]Limit{
		"org#app ": limits.Other, "org#app list": limits.List, "org#app unlist": limits.Unlist, "org#app delete": limits.Delete,
		"org#app list alice": limits.UserList, "org#app unlist alice": limits.UserUnlist,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
