package easemob

import (
	"cmp"
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// tokenService accepts some kinds of token for histories and the older lists, and an
// app token for tokens of users, unless it is closed for them.
type tokenService struct {
	service

	accepts   string // "app", "user", "app user" or ""
	noInherit bool
}

func newTokenService(t *testing.T, accepts string) *tokenService {
	t.Helper()
	s := &tokenService{accepts: accepts}
	s.answer = func(w http.ResponseWriter, r *http.Request, _ int) {
		switch {
		case !strings.Contains(s.accepts, s.kind(r.Header.Get("Authorization"))):
			wrongRight(w)
		case strings.Contains(r.URL.Path, "user_channels"):
			reply(w, 200, sample(t, "conversations_old.json"))
		default:
			reply(w, 200, historyPage(0, true, ""))
		}
	}
	s.token = func(w http.ResponseWriter, _ *http.Request, body string) {
		switch {
		case !strings.Contains(body, "inherit"):
			reply(w, 200, `{"access_token":"app-token","expires_in":3600}`)
		case s.noInherit:
			wrongRight(w)
		default:
			reply(w, 200, `{"access_token":"user-token","expires_in":3600}`)
		}
	}
	return s
}

func (s *tokenService) kind(authorization string) string {
	if authorization == "Bearer given-token" {
		return "app"
	}
	return who(authorization)
}

// took returns the kinds of token of the calls since the last time.
func (s *tokenService) took() string {
	var kinds []string
	for _, r := range s.asked(true) {
		kind := s.kind(r.Auth)
		if strings.HasSuffix(r.Path, "/token") {
			kind = "token"
		}
		kinds = append(kinds, kind)
	}
	s.mu.Lock()
	s.requests = nil
	s.mu.Unlock()
	return strings.Join(kinds, " ")
}

func TestWhoseTokenReadsHistory(t *testing.T) {
	for _, tt := range []struct {
		name    string
		setting HistoryToken
		given   bool // an app token instead of credentials
		accepts string
		first   string // the calls of a first read
		second  string // and of another one
		fails   bool
	}{
		{"credentials", "", false, "app user", "user", "user", false},
		{"credentials, only the app's is accepted", "", false, "app", "user token token user app", "app", false}, //nolint:dupword // two calls
		{"credentials, none is accepted", "", false, "", "user token token user app", "user app", true},          //nolint:dupword // two calls
		{"an app token is enough", "", true, "app user", "app", "app", false},
		{"an app token, only the user's is accepted", "", true, "user", "app token user", "user", false},
		{"app", HistoryTokenApp, false, "app user", "token app", "app", false},
		{"app is not accepted", HistoryTokenApp, false, "user", "token app", "app", true},
		{"user", HistoryTokenUser, true, "app user", "token user", "user", false},
		{"user is not accepted", HistoryTokenUser, true, "app", "token user", "user", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newTokenService(t, tt.accepts)
			findings := filepath.Join(t.TempDir(), "service.json")
			options := []func(*Options){func(o *Options) {
				o.HistoryToken, o.Findings = tt.setting, NewFindings(findings)
			}}
			if tt.given {
				options = append(options, appTokenOnly)
			}
			c, _ := newTest(t, &s.service, options...)
			for _, want := range []string{tt.first, tt.second} {
				err := read(t.Context(), c, "alice")
				if (err != nil) != tt.fails || err != nil && fault.KindOf(err) != fault.Auth {
					t.Error(err)
				}
				if diff := gocmp.Diff(want, s.took()); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// What the service accepted is remembered for each route, across processes.
func TestTheAcceptedTokenIsRemembered(t *testing.T) {
	s := newTokenService(t, "user")
	path := filepath.Join(t.TempDir(), "service.json")
	var host string
	client := func() *Client {
		c, _ := newTest(t, &s.service, appTokenOnly, func(o *Options) {
			host = cmp.Or(host, o.Host)
			o.Host, o.Findings = host, NewFindings(path)
		})
		return c
	}
	list := func(c *Client) {
		if _, err := c.RecentConversations(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
	}
	want := func(kinds, otherwise string) {
		t.Helper()
		if got := s.took(); got != kinds {
			t.Errorf("%s: %s", otherwise, got)
		}
	}
	list(client())
	want("app token user", "the other token was not tried")
	c := client()
	list(c)
	want("token user", "not remembered")
	if err := read(t.Context(), c, "alice"); err != nil {
		t.Error(err)
	}
	want("app user", "one route speaks for another")
	s.accepts = "app" // the service may change
	list(client())
	want("token user app", "the change was not noticed")
	list(client())
	want("app", "the change is not remembered")
}

// A refusal of what a user may see is an answer: an app token might show what the user
// can't see.
func TestARefusedUserIsNotReadAsApp(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
	}{
		"not a member": {403, `{"error":"forbidden_op"}`},
		"not open":     {403, `{"error":"function_not_open_error","error_code":15001}`},
		"absent":       {404, `{"error":"service_resource_not_found"}`},
		"a limit":      {429, `{"error":"reach_limit"}`},
	} {
		calls := 0
		s := &service{answer: func(w http.ResponseWriter, _ *http.Request, n int) { calls = n; reply(w, tt.status, tt.body) }}
		c, _ := newTest(t, s, func(o *Options) { o.Retry.Attempts = 1 })
		if err := read(t.Context(), c, "alice"); err == nil || calls != 1 {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
	}
}

// The user's own view is read with the user's token alone.
func TestAUsersViewIsReadWithTheUsersToken(t *testing.T) {
	view := func(ctx context.Context, c *Client) error {
		_, err := pages(c.History(ctx, alice("bob", roaming.Chat), roaming.HistoryQuery{UserView: true}))
		return err
	}
	for _, setting := range []HistoryToken{HistoryTokenAuto, HistoryTokenApp} {
		s := newTokenService(t, "app user")
		c, _ := newTest(t, &s.service, appTokenOnly, func(o *Options) { o.HistoryToken = setting })
		if err := view(t.Context(), c); err != nil || s.took() != "token user" {
			t.Errorf("%s: %v", setting, err)
		}
		s.accepts = "app"
		if err := view(t.Context(), c); fault.KindOf(err) != fault.Auth || s.took() != "user" {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
