package easemob

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roamctl/roamctl/internal/roaming"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testAppKey = "org#app"
	testID     = "client-id"
	testSecret = "very-secret"
)

// testClock advances only when a caller sleeps.
type testClock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
}

func newTestClock() *testClock {
	return &testClock{now: time.Date(2025, 11, 20, 9, 30, 0, 0, time.UTC)}
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.sleeps = append(c.sleeps, d)
	return ctx.Err()
}

func (c *testClock) advance(d time.Duration) { _ = c.Sleep(context.Background(), d) }

// request is a request that a service received.
type request struct {
	Method, Path, Query, Auth, Body string
}

// service is a fake of the hosted service. It answers with a function and records the
// requests.
type service struct {
	mu       sync.Mutex
	requests []request
	answer   func(w http.ResponseWriter, r *http.Request, n int) // n counts requests from 1, without those for tokens
	token    func(w http.ResponseWriter, r *http.Request, body string)
	n        int
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests = append(s.requests, request{
		r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), string(b),
	})
	isToken := strings.HasSuffix(r.URL.Path, "/token")
	if !isToken {
		s.n++
	}
	n := s.n
	s.mu.Unlock()
	switch {
	case isToken && s.token != nil:
		s.token(w, r, string(b))
	case isToken && strings.Contains(string(b), "inherit"):
		reply(w, 200, `{"access_token":"user-token","expires_in":5184000}`)
	case isToken:
		reply(w, 200, `{"access_token":"app-token","expires_in":5184000}`)
	default:
		s.answer(w, r, n)
	}
}

// asked returns the requests so far, with tokens also those for tokens.
func (s *service) asked(tokens bool) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []request
	for _, r := range s.requests {
		if tokens || !strings.HasSuffix(r.Path, "/token") {
			out = append(out, r)
		}
	}
	return out
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// replies answers the n-th request with the n-th body, and later ones with the last.
func replies(bodies ...string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, n int) {
		reply(w, 200, bodies[min(n, len(bodies))-1])
	}
}

// newTest starts a service and returns a client for it.
func newTest(t *testing.T, s *service, change ...func(*Options)) (*Client, *testClock) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	clock := newTestClock()
	transport, err := NewTransport("", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	o := Options{
		Host: server.URL, AppKey: testAppKey, ClientID: testID, ClientSecret: testSecret,
		Transport: transport, Clock: clock,
	}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func appTokenOnly(o *Options) { o.ClientID, o.ClientSecret, o.AppToken = "", "", "given-token" }

func sample(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pages reads a listing until its end or error.
func pages[T any](seq iter.Seq2[roaming.Page[T], error]) (out []roaming.Page[T], err error) {
	for p, err := range seq {
		if err != nil {
			return out, err
		}
		out = append(out, p)
	}
	return out, nil
}

// sameJSON decodes a JSON text for a comparison.
func sameJSON(t *testing.T, s string) any {
	t.Helper()
	if s == "" {
		return nil
	}
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func alice(peer string, t roaming.ChatType) roaming.Ref {
	return roaming.Ref{User: "alice", Conversation: peer, Type: t}
}
