package sandbox

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a small sandbox: alice and bob chat (messages 101 to 103), write in
// group g1 (201, 202), which is alice's, and carol writes in room r1 (301).
type world struct {
	s     *Sandbox
	clock *clock
}

func newWorld(t testing.TB, o Options) world {
	t.Helper()
	w := world{clock: &clock{now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}}
	o.Now = w.clock.Now
	if o.Log == nil {
		o.Log = t.Logf
	}
	w.s = open(t, o)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"alice", "bob", "carol"} {
		must(w.s.CreateUser(ctx, name, map[string]string{"bob": "bob's password"}[name]))
	}
	must(w.s.Join(ctx, "g1", "alice", "bob"))
	for i, m := range []Message{
		{ID: 101, Type: "chat", From: "alice", To: "bob"},
		{ID: 102, Type: "chat", From: "bob", To: "alice"},
		{ID: 201, Type: "groupchat", From: "alice", To: "g1"},
		{ID: 202, Type: "groupchat", From: "bob", To: "g1"},
		{ID: 301, Type: "chatroom", From: "carol", To: "r1"},
		{ID: 18446744073709551615, Type: "chat", From: "bob", To: "alice"},
	} {
		m.Time = w.clock.Now().Add(time.Duration(i-60) * time.Minute)
		m.Body = map[string]any{"type": "txt", "msg": "message " + string(rune('A'+i))}
		if m.ID == 202 {
			m.Body = map[string]any{"type": "loc", "lat": 1.5, "lng": -2.5, "addr": "here"}
		}
		_, err := w.s.Send(ctx, m)
		must(err)
	}
	return w
}

func open(t testing.TB, o Options) *Sandbox {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// auth gives a token: "app", a user's name, or "-" for none; anything else
// with a dot or so is taken as the token itself.
func (w world) auth(t *testing.T, who string) string {
	t.Helper()
	switch who {
	case "-":
		return ""
	case "bad":
		return "YWMtbad"
	case "app":
		who = ""
	}
	if strings.HasPrefix(who, "YWMt") {
		return who
	}
	value, err := w.s.issuer.Sign(token.Claims{User: who, Issued: w.clock.Now().UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (w world) request(t *testing.T, method, path, tok, body string) *http.Request {
	t.Helper()
	base := "http://sandbox/" + strings.Replace(w.s.Credentials().AppKey, "#", "/", 1)
	if rest, ok := strings.CutPrefix(path, "//"); ok {
		base, path = "http://sandbox/", rest
	}
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if tok != "" {
		req.Header.Set("Authorization", "Bearer "+tok)
	}
	return req
}

func (w world) do(t *testing.T, method, path, tok, body string) (int, []byte) {
	t.Helper()
	return w.send(t, w.request(t, method, path, tok, body))
}

func (w world) send(t *testing.T, req *http.Request) (int, []byte) {
	t.Helper()
	res, err := w.s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return res.StatusCode, b
}
