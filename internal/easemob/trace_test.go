package easemob

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/secrets"
)

// Neither the trace nor the errors of a session contain a secret of it.
func TestTraceRedactsSecrets(t *testing.T) {
	s := &service{
		answer: func(w http.ResponseWriter, _ *http.Request, n int) {
			if n%2 == 1 {
				unauthorized(w)
				return
			}
			reply(w, 500, `{}`)
		},
		token: func(w http.ResponseWriter, _ *http.Request, body string) {
			if strings.Contains(body, "inherit") {
				reply(w, 200, `{"access_token":"SECRET-user","expires_in":60}`)
				return
			}
			reply(w, 200, `{"access_token":"SECRET-app","expires_in":60}`)
		},
	}
	var mu sync.Mutex
	var shown []string
	c, _ := newTest(t, s, func(o *Options) {
		o.AppToken, o.ClientSecret = "SECRET-given", "SECRET-client"
		o.Trace = func(x Attempt) {
			mu.Lock()
			defer mu.Unlock()
			shown = append(shown, fmt.Sprintf("%+v", x))
		}
	})
	dynamic, err := c.UserToken(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := c.RecentConversations(t.Context(), "alice")
	err2 := c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), []roaming.MessageID{1}, true)
	if err1 == nil || err2 == nil || len(shown) < 5 {
		t.Fatal(err1, err2, len(shown))
	}
	all := strings.Join(append(shown, fmt.Sprintf("%+v %+v %#v", err1, err2, err2)), "\n")
	for _, secret := range []string{"SECRET", dynamic.Value, "Bearer"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the trace or an error:\n%s", secret, all)
		}
	}
	if !strings.Contains(all, "grant_type") || !strings.Contains(all, secrets.Redacted) {
		t.Errorf("the token request is not shown:\n%s", all)
	}
}

func TestTrace(t *testing.T) {
	var got []Attempt
	c, _ := newOffline(t, func(n int) (*http.Response, error) {
		if n == 1 {
			return nil, &url.Error{Op: "Get", URL: "https://h/", Err: errors.New("cut")}
		}
		return response(200, http.Header{"X-Request-Id": {"r-2"}}, okDeletion), nil
	}, func(o *Options) { o.Trace = func(x Attempt) { got = append(got, x) } })
	if err := c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), []roaming.MessageID{7}, true); err != nil {
		t.Fatal(err)
	}
	at := "/org/app/rest/message/roaming/chat/user/alice?isNotify=true&msgIdList=7&userId=bob"
	want := []Attempt{
		{Method: "DELETE", URL: at, Number: 1, Err: "cut"},
		{Method: "DELETE", URL: at, Number: 2, Status: 200, ResponseBytes: len(okDeletion)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://u:p@h/a%2Fb?x=1&access_token=abc": "/a%2Fb?access_token=%5Bredacted%5D&x=1",
		"https://h/p": "/p",
		"http://[::1": secrets.Redacted,
	} {
		if got := redactURL(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"": "",
		`{"id":18446744073709551615,"l":[{"Client_Secret":"s"}],"password":{"x":1}}`: `{"id":18446744073709551615,"l":[{"Client_Secret":"[redacted]"}],"password":"[redacted]"}`,
		`not json`: secrets.Redacted,
	} {
		if got := redactJSON([]byte(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
