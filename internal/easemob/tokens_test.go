package easemob

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

const okDeletion = `{"requestStatusCode":"ok"}`

func unauthorized(w http.ResponseWriter) {
	reply(w, 401, `{"error":"unauthorized","error_description":"Unable to authenticate due to expired access token"}`)
}

// wrongRight is also how the service refuses a user's token where an app's is due.
func wrongRight(w http.ResponseWriter) {
	reply(w, 401, `{"error":"auth_bad_access_token","error_description":"Unable to authenticate due to corrupt access token"}`)
}

func read(ctx context.Context, c *Client, user string) error {
	_, err := pages(c.History(ctx, roaming.Ref{User: user, Conversation: "bob", Type: roaming.Chat}, roaming.HistoryQuery{}))
	return err
}

func TestAppToken(t *testing.T) {
	s := &service{token: func(w http.ResponseWriter, _ *http.Request, _ string) { reply(w, 200, sample(t, "token_app.json")) }}
	c, clock := newTest(t, s)
	want := Token{
		Value: "YWMt-app", Grant: GrantClientCredentials, Obtained: clock.Now(),
		Expires: clock.Now().Add(60 * 24 * time.Hour), RenewAt: clock.Now().Add(60*24*time.Hour - 5*time.Minute),
	}
	for range 2 {
		got, err := c.AppToken(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	}
	asked := s.asked(true)
	if len(asked) != 1 {
		t.Fatalf("%d requests, want 1", len(asked))
	}
	wantBody := object1{"grant_type": "client_credentials", "client_id": testID, "client_secret": testSecret}
	if diff := cmp.Diff(any(wantBody), sameJSON(t, asked[0].Body)); diff != "" || asked[0].Auth != "" || asked[0].Path != "/org/app/token" {
		t.Errorf("%+v (-want +got):\n%s", asked[0], diff)
	}
	clock.advance(60*24*time.Hour - 5*time.Minute)
	if _, err := c.AppToken(t.Context()); err != nil || len(s.asked(true)) != 2 {
		t.Errorf("not renewed before it lapsed: %v", err)
	}
}

func TestDynamicToken(t *testing.T) {
	s := &service{}
	c, clock := newTest(t, s)
	token, err := c.UserToken(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.URLEncoding.DecodeString(token.Value)
	if err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(string(raw), "dt-")
	var got struct {
		Signature, AppKey, UserID string
		CurTime, TTL              int64
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || !ok {
		t.Fatal(text, err)
	}
	hour := clock.Now().Truncate(time.Hour).Unix()
	sum := sha256.Sum256(fmt.Appendf(nil, "client-idorg#appalice%d86400very-secret", hour))
	if got.Signature != hex.EncodeToString(sum[:]) || got.AppKey != testAppKey || got.UserID != "alice" || got.CurTime != hour || got.TTL != 86400 {
		t.Errorf("%+v", got)
	}
	if token.Grant != GrantDynamic || !token.Expires.Equal(time.Unix(hour+86400, 0)) {
		t.Errorf("%+v", token)
	}
	if len(s.asked(true)) != 0 {
		t.Error("it was not made offline")
	}
}

func TestInheritWithAnAppTokenOnly(t *testing.T) {
	s := &service{
		answer: replies(historyPage(0, true, "")),
		token:  func(w http.ResponseWriter, _ *http.Request, _ string) { reply(w, 200, sample(t, "token_user.json")) },
	}
	c, _ := newTest(t, s, appTokenOnly, func(o *Options) { o.HistoryToken = HistoryTokenUser })
	for range 2 {
		if err := read(t.Context(), c, "alice"); err != nil {
			t.Fatal(err)
		}
	}
	asked := s.asked(true)
	if len(asked) != 3 || asked[0].Auth != "Bearer given-token" || asked[1].Auth != "Bearer YWMt-alice" {
		t.Fatalf("%+v", asked)
	}
	want := object1{"grant_type": "inherit", "username": "alice", "autoCreateUser": false}
	if diff := cmp.Diff(any(want), sameJSON(t, asked[0].Body)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// After the service has refused one dynamic token, later calls, also for other users,
// use inherited ones.
func TestInheritIsRemembered(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") != "Bearer user-token" {
			unauthorized(w)
			return
		}
		reply(w, 200, historyPage(0, true, ""))
	}}
	c, _ := newTest(t, s)
	for _, user := range []string{"alice", "alice", "carol"} {
		if err := read(t.Context(), c, user); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.asked(false)); n != 4 {
		t.Errorf("%d calls, want 4: one refused, three good", n)
	}
	if token, err := c.UserToken(t.Context(), "alice"); err != nil || token.Grant != GrantInherit {
		t.Errorf("%+v, %v", token, err)
	}
}

func TestOneFreshTokenOn401(t *testing.T) {
	tests := []struct {
		name   string
		change []func(*Options)
		do     func(context.Context, *Client) error
		calls  int // of the service itself
		tokens int // requests for tokens
	}{
		{"as app", nil, func(ctx context.Context, c *Client) error { return c.DeleteEverything(ctx, "alice") }, 2, 2},
		{"as user", nil, func(ctx context.Context, c *Client) error { return read(ctx, c, "alice") }, 3, 2}, // app token, then inherit; the app token is tried last
		{"given app token", []func(*Options){appTokenOnly}, func(ctx context.Context, c *Client) error { return c.DeleteEverything(ctx, "alice") }, 1, 0},
		{
			"given app token and credentials",
			[]func(*Options){func(o *Options) { o.AppToken = "given-token" }},
			func(ctx context.Context, c *Client) error { return c.DeleteEverything(ctx, "alice") }, 2, 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			issued := 0
			s := &service{answer: func(w http.ResponseWriter, _ *http.Request, _ int) { unauthorized(w) }}
			s.token = func(w http.ResponseWriter, _ *http.Request, _ string) {
				issued++
				reply(w, 200, fmt.Sprintf(`{"access_token":"t%d","expires_in":3600}`, issued))
			}
			c, clock := newTest(t, s, tt.change...)
			err := tt.do(t.Context(), c)
			f, ok := err.(*fault.Error) //nolint:errorlint // the outermost one is meant
			if !ok || f.Kind != fault.Auth || f.Hint == "" || f.Status != 401 {
				t.Errorf("%#v", err)
			}
			if calls := len(s.asked(false)); calls != tt.calls || issued != tt.tokens {
				t.Errorf("%d calls and %d tokens, want %d and %d", calls, issued, tt.calls, tt.tokens)
			}
			if len(clock.sleeps) != 0 {
				t.Errorf("it slept %v", clock.sleeps)
			}
		})
	}
}

// A token that was good when it was requested lacks the right, or belongs to another
// App Key. Each call asking for another one would get the account banned.
func TestAWrongRightAsksForNoSecondToken(t *testing.T) {
	issued := 0
	s := &service{
		answer: func(w http.ResponseWriter, _ *http.Request, _ int) { wrongRight(w) },
		token: func(w http.ResponseWriter, _ *http.Request, _ string) {
			issued++
			reply(w, 200, fmt.Sprintf(`{"access_token":"t%d","expires_in":3600}`, issued))
		},
	}
	c, clock := newTest(t, s)
	calls := func(n int) {
		for range n {
			if err := c.DeleteEverything(t.Context(), "alice"); fault.KindOf(err) != fault.Auth {
				t.Fatal(err)
			}
		}
	}
	calls(5)
	if issued != 1 || len(s.asked(false)) != 5 {
		t.Errorf("%d tokens for %d calls", issued, len(s.asked(false)))
	}
	clock.advance(young) // the service may have revoked it since
	calls(5)
	if issued != 2 {
		t.Errorf("%d tokens, want 2", issued)
	}
}

// Where a fresh token is refused, too, the next calls don't ask for more.
func TestAFreshTokenThatIsRefusedIsNotReplaced(t *testing.T) {
	issued, good := 0, ""
	store, clock := NewTokenStore(""), newTestClock()
	answer := func(r *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/token"):
			issued++
			return response(200, nil, fmt.Sprintf(`{"access_token":"t%d","expires_in":3600}`, issued)), nil
		case r.Header.Get("Authorization") == "Bearer "+good:
			return response(200, nil, okDeletion), nil
		default:
			return response(401, nil, `{"error":"unauthorized","error_description":"Unable to authenticate (OAuth)"}`), nil
		}
	}
	calls := func(n, want int, accepted bool) {
		t.Helper()
		for range n { // each as another process
			c, _ := newOffline(t, nil, func(o *Options) {
				o.AppToken, o.ClientID, o.ClientSecret = "", testID, testSecret
				o.Tokens, o.Clock, o.Transport = store, clock, roundTrip(answer)
			})
			if err := c.DeleteEverything(t.Context(), "alice"); (err == nil) != accepted {
				t.Fatal(err)
			}
		}
		if issued != want {
			t.Errorf("%d tokens, want %d", issued, want)
		}
	}
	calls(5, 2, false)
	clock.advance(young)
	calls(5, 3, false)
	clock.advance(young)
	good = "t4"
	calls(2, 4, true)
	good = "t5" // t4 helped, so it was revoked since
	calls(2, 5, true)
}

func TestAFreshTokenHelps(t *testing.T) {
	issued := 0
	s := &service{
		answer: func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Header.Get("Authorization") != "Bearer t2" {
				unauthorized(w)
				return
			}
			reply(w, 200, okDeletion)
		},
		token: func(w http.ResponseWriter, _ *http.Request, _ string) {
			issued++
			reply(w, 200, fmt.Sprintf(`{"access_token":"t%d","expires_in":3600}`, issued))
		},
	}
	c, _ := newTest(t, s)
	for range 2 {
		if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
	}
	if issued != 2 {
		t.Errorf("%d tokens, want 2: the second is kept", issued)
	}
}

// A stored inherited token is used first: the service refused dynamic ones, perhaps in
// another process.
func TestInheritedTokensAreUsedFirst(t *testing.T) {
	store := NewTokenStore("")
	for client, want := range []int{2, 1} {
		var calls []string
		s := func(r *http.Request) (*http.Response, error) {
			auth := r.Header.Get("Authorization")
			switch {
			case strings.HasSuffix(r.URL.Path, "/token"):
				return response(200, nil, `{"access_token":"user-token","expires_in":3600}`), nil
			case auth == "Bearer user-token":
				calls = append(calls, "good")
				return response(200, nil, historyPage(0, true, "")), nil
			default:
				calls = append(calls, "refused")
				return response(401, nil, `{}`), nil
			}
		}
		c, _ := newOffline(t, nil, func(o *Options) {
			o.AppToken, o.ClientID, o.ClientSecret = "", testID, testSecret
			o.Tokens, o.Transport = store, roundTrip(s)
		})
		if err := read(t.Context(), c, "alice"); err != nil {
			t.Fatal(err)
		}
		if len(calls) != want {
			t.Errorf("client %d: %v", client, calls)
		}
	}
}
