package easemob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// roundTrip is a transport without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func response(status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// newOffline returns a client whose n-th request, not counting those for tokens, f
// answers.
func newOffline(t testing.TB, f func(n int) (*http.Response, error), change ...func(*Options)) (*Client, *testClock) {
	t.Helper()
	clock := newTestClock()
	n := 0
	o := Options{
		Host: "h", AppKey: testAppKey, AppToken: "given-token", Clock: clock,
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/token") {
				return response(200, nil, `{"access_token":"user-token","expires_in":3600}`), nil
			}
			n++
			return f(n)
		}),
	}
	for _, change := range change {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func TestRetryRule(t *testing.T) {
	broken := answer{err: errors.New("connection reset")}
	final := answer{err: errors.New("no such host"), final: true}
	status := func(code int) answer { return answer{status: code} }
	tests := []struct {
		idempotent bool
		answer     answer
		want       bool
	}{
		{true, broken, true},
		{true, final, false},
		{true, status(408), true},
		{true, status(429), true},
		{true, status(500), true},
		{true, status(503), true},
		{true, status(599), true},
		{true, status(302), false},
		{true, status(400), false},
		{true, status(401), false},
		{true, status(403), false},
		{true, status(404), false},
		{true, status(409), false},
		{false, broken, false},
		{false, status(408), false},
		{false, status(429), false},
		{false, status(503), false},
	}
	for _, tt := range tests {
		if got := (call{idempotent: tt.idempotent}).retryable(tt.answer); got != tt.want {
			t.Errorf("idempotent %v, status %d, error %v: %v", tt.idempotent, tt.answer.status, tt.answer.err, got)
		}
	}
}

// Reads and deletions are retried, except deletions of everything.
func TestEveryOperationRetries(t *testing.T) {
	ref := alice("bob", roaming.Chat)
	operations := map[string]func(context.Context, *Client) error{
		"history": func(ctx context.Context, c *Client) error { return read(ctx, c, "alice") },
		"list": func(ctx context.Context, c *Client) error {
			_, err := pages(c.Conversations(ctx, "alice", roaming.ConversationQuery{}))
			return err
		},
		"page": func(ctx context.Context, c *Client) error {
			_, err := c.ConversationsPage(ctx, "alice", 1, 1)
			return err
		},
		"delete IDs": func(ctx context.Context, c *Client) error {
			return c.DeleteMessages(ctx, ref, []roaming.MessageID{1}, true)
		},
		"delete time":    func(ctx context.Context, c *Client) error { return c.DeleteMessagesBefore(ctx, ref, time.Now(), true) },
		"conversation":   func(ctx context.Context, c *Client) error { return c.DeleteConversation(ctx, ref, false) },
		"group's member": func(ctx context.Context, c *Client) error { _, err := pages(c.GroupMembers(ctx, "g")); return err },
	}
	for name, do := range operations {
		calls := 0
		c, clock := newOffline(t, func(n int) (*http.Response, error) {
			calls = n
			if n%2 == 1 {
				return nil, &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}
			}
			return response(503, nil, `{}`), nil
		}, func(o *Options) { o.Retry.Attempts = 4 })
		if err := do(t.Context(), c); fault.KindOf(err) != fault.Network || calls != 4 {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
		if len(clock.sleeps) != 3 {
			t.Errorf("%s: slept %v", name, clock.sleeps)
		}
	}
}

// A deletion of everything is retried only if it certainly deleted nothing. The error
// says so.
func TestADeletionOfEverythingIsNotRepeated(t *testing.T) {
	cut := func() (*http.Response, error) { return nil, &net.OpError{Op: "read", Err: errors.New("reset")} }
	status := func(n int, body string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return response(n, nil, body), nil }
	}
	for name, tt := range map[string]struct {
		answer  func() (*http.Response, error)
		calls   int
		notDone bool
	}{
		"cut off":        {cut, 1, false},
		"failed":         {status(500, `{}`), 1, false},
		"bad gateway":    {status(502, `<html>`), 1, false},
		"unavailable":    {status(503, `{}`), 1, false},
		"timed out":      {status(408, `{}`), 1, false},
		"never sent":     {func() (*http.Response, error) { return nil, &net.OpError{Op: "dial", Err: errors.New("refused")} }, 3, true},
		"too many":       {status(429, `{"error":"reach_limit"}`), 3, true},
		"past the limit": {status(503, `{"error_description":"The request has reached the maximum limit"}`), 3, true},
		"refused":        {status(400, `{}`), 1, true},
		"half an answer": {status(200, `{"requestSta`), 1, false},
		"no word of it":  {status(200, `{}`), 1, false},
	} {
		for what, do := range map[string]func(*Client) error{
			"everything":   func(c *Client) error { return c.DeleteEverything(t.Context(), "alice") },
			"conversation": func(c *Client) error { return c.DeleteConversation(t.Context(), alice("bob", roaming.Chat), true) },
		} {
			calls := 0
			c, _ := newOffline(t, func(n int) (*http.Response, error) { calls = n; return tt.answer() },
				func(o *Options) { o.Retry.Attempts = 3 })
			err := do(c)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || calls != tt.calls || f.NotDone != tt.notDone {
				t.Errorf("%s, %s: %d calls, %v", what, name, calls, err)
			}
		}
	}
}

// The attempt before a refused retry may have deleted.
func TestARefusedRetryMayBeDone(t *testing.T) {
	c, _ := newOffline(t, func(n int) (*http.Response, error) {
		if n == 1 {
			return response(500, nil, `{}`), nil
		}
		return response(400, nil, `{}`), nil
	})
	err := c.DeleteMessagesBefore(t.Context(), alice("bob", roaming.Chat), time.Now(), true)
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.NotDone || f.Status != 400 {
		t.Errorf("%#v", err)
	}
}

// Every attempt sends the same body.
func TestRetriesSendTheSameBody(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, _ *http.Request, n int) {
		if n < 3 {
			reply(w, 500, `{}`)
			return
		}
		reply(w, 200, sample(t, "conversation_deleted.json"))
	}}
	c, _ := newTest(t, s)
	if err := c.DeleteConversation(t.Context(), alice("bob", roaming.Chat), false); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.asked(false) {
		if r.Body != `{"channel":"bob","type":"chat","delete_roam":false}` {
			t.Errorf("body %q", r.Body)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := newOffline(t, func(int) (*http.Response, error) {
		cancel() // in the middle of the first attempt
		return nil, errors.New("cut")
	})
	if _, err := c.RecentConversations(ctx, "alice"); fault.KindOf(err) != fault.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTimeoutOfAnAttempt(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			<-r.Context().Done()
			return
		}
		reply(w, 200, okDeletion)
	}}
	c, _ := newTest(t, s, func(o *Options) { o.Retry.Timeout = 100 * time.Millisecond })
	if err := c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), []roaming.MessageID{1}, true); err != nil {
		t.Errorf("the second attempt should have done it: %v", err)
	}
}

func TestBrokenBodyIsRetried(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"data":`)
			return
		}
		reply(w, 200, historyPage(0, true, ""))
	}}
	c, _ := newTest(t, s)
	if err := read(t.Context(), c, "alice"); err != nil {
		t.Error(err)
	}
}

func TestNoSuchHostIsFinal(t *testing.T) {
	calls := 0
	c, _ := newOffline(t, func(n int) (*http.Response, error) {
		calls = n
		return nil, fmt.Errorf("dial: %w", &net.DNSError{Err: "no such host", Name: "h", IsNotFound: true})
	})
	if err := c.DeleteEverything(t.Context(), "alice"); fault.KindOf(err) != fault.Network || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
