package easemob

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestErrors(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	tests := []struct {
		name    string
		status  int
		header  http.Header
		body    string
		kind    fault.Kind
		service string
		message string // part of it
		hint    string // part of it
	}{
		{"add-on not bought", 400, nil, `{"error":"service open exception","error_description":"this appKey not open message roaming"}`, fault.Auth, "service open exception", "deleting 1 messages from alice's chat with bob: this appKey not open message roaming (400)", "add-on"},
		{"no such app", 404, nil, `{"error":"organization_application_not_found","error_description":"Could not find application for org/app from URI: x"}`, fault.NotFound, "organization_application_not_found", "Could not find application", "App Key"},
		{"no such user", 404, nil, `{"error":"service_resource_not_found","exception":"Service resource not found"}`, fault.NotFound, "service_resource_not_found", "Service resource not found (404)", "lowercase"},
		{"wrong client ID", 400, nil, `{"error":"invalid_grant","error_description":"client_id does not match"}`, fault.Auth, "invalid_grant", "client_id does not match", "client ID"},
		{"too many IDs", 400, nil, `{"error":"param exception","error_description":"delete msg list limit can not greater than 50"}`, fault.Refused, "param exception", "50", "batch size"},
		{"forbidden", 403, nil, `{"error":"forbidden"}`, fault.Auth, "forbidden", "forbidden (403)", "credentials"},
		{"conflict", 409, nil, `{"error":"concurrent_operation_error"}`, fault.Refused, "concurrent_operation_error", "(409)", ""},
		{"too fast", 429, nil, `{"error":"resource_limited","error_description":"This request has reached api limit"}`, fault.RateLimited, "resource_limited", "reached api limit", "limits"},
		{"broken service", 503, nil, `{}`, fault.Network, "", "Service Unavailable (503)", ""},
		{"timeout", 408, nil, ``, fault.Network, "", "(408)", ""},
		{"a proxy's page", 502, html, `<html>` + strings.Repeat("x", 1e6), fault.Network, "", "answered with text/html, not JSON (502)", "proxy"},
		{"a redirect", 302, http.Header{"Location": {"https://elsewhere/?token=s"}}, ``, fault.Network, "", "redirect (302)", "host"},
		{"an endless text", 400, nil, `{"error":"x","error_description":"` + strings.Repeat("on and ", 1000) + `"}`, fault.Refused, "x", "on and on", ""},
		{"numbers for texts", 400, nil, `{"error":5,"error_description":null}`, fault.Refused, "5", "5 (400)", ""},
		{"200 with an error", 200, nil, `{"error":"illegal_argument","error_description":"no such thing","requestStatusCode":"ok"}`, fault.Refused, "illegal_argument", "no such thing (200)", ""},
		{"200 with a limit", 200, nil, `{"error":"reach_limit","error_description":"This request has reached api limit"}`, fault.RateLimited, "reach_limit", "reached api limit (200)", "limits"},
		{"200 with the other limit", 200, nil, `{"error":"x","error_description":"The request has reached the maximum limit"}`, fault.RateLimited, "x", "maximum limit (200)", "limits"},
		{"200 with a code", 200, nil, `{"error_code":77,"requestStatusCode":"ok"}`, fault.Refused, "", "error code 77 (200)", ""},
		{"200 not open, by its code", 200, nil, `{"error_code":15001,"requestStatusCode":"ok"}`, fault.Auth, "", "error code 15001 (200)", "ask the vendor to open it"},
		{"200 with an object", 200, nil, `{"error":{"code":7},"requestStatusCode":"ok"}`, fault.Refused, `{"code":7}`, `{"code":7} (200)`, ""},
		{"200 not open", 200, nil, `{"error":"function_not_open_error","error_code":15001}`, fault.Auth, "function_not_open_error", "(200)", "ask the vendor to open it"},
		{"200 without a user", 200, nil, `{"error":"service_resource_not_found"}`, fault.NotFound, "service_resource_not_found", "(200)", "lowercase"},
		{"200 of the past", 200, nil, `{"exception":"BadRequestException","requestStatusCode":"ok"}`, fault.Refused, "", "BadRequestException (200)", ""},
		{"200 without ok", 200, nil, `{"requestStatusCode":"failed"}`, fault.Refused, "failed", `"failed" instead of ok`, ""},
		{"200 with a page", 200, html, `<html>`, fault.Network, "", "not the expected JSON", "proxy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := newOffline(t, func(int) (*http.Response, error) {
				r := response(tt.status, tt.header, tt.body)
				r.Header = r.Header.Clone()
				r.Header.Set("X-Request-Id", "r-1")
				return r, nil
			})
			err := c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), []roaming.MessageID{1}, true)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok {
				t.Fatalf("%#v", err)
			}
			if f.Kind != tt.kind || f.ServiceError != tt.service || f.Status != tt.status ||
				!strings.Contains(f.Error(), tt.message) || !strings.Contains(f.Hint, tt.hint) {
				t.Errorf("%+v", f)
			}
			if len(f.Error()) > 500 || !strings.Contains(f.Error(), "alice") {
				t.Errorf("message: %s", f)
			}
			if tt.name != "200 without ok" && f.RequestID != "r-1" {
				t.Errorf("request ID %q", f.RequestID)
			}
		})
	}
}

// A 200 whose error members are empty is a success.
func TestA200WithEmptyErrorsSucceeds(t *testing.T) {
	for _, said := range []string{`"error":null`, `"error":""`, `"error":false`, `"error_code":0`, `"errors":[]`, `"exception":null`, `"error_description":"none"`} {
		c, _ := newOffline(t, func(int) (*http.Response, error) {
			return response(200, nil, `{"requestStatusCode":"ok",`+said+`}`), nil
		})
		if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
			t.Errorf("%s: %v", said, err)
		}
	}
}

// A rate limit in a 200 is retried like a 429.
func TestALimitInA200IsRetried(t *testing.T) {
	calls := 0
	c, clock := newOffline(t, func(n int) (*http.Response, error) {
		calls = n
		if n == 1 {
			return response(200, nil, `{"error":"reach_limit"}`), nil
		}
		return response(200, nil, okDeletion), nil
	})
	if err := c.DeleteEverything(t.Context(), "alice"); err != nil || calls != 2 || len(clock.sleeps) != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// Only a known refusal certainly deleted nothing.
func TestA200WithAnUnknownErrorMayBeDone(t *testing.T) {
	for body, notDone := range map[string]bool{`{"error":"x"}`: false, `{"error":"forbidden_op"}`: true, `{"error":"service_resource_not_found"}`: true} {
		c, _ := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, body), nil })
		f, ok := errors.AsType[*fault.Error](c.DeleteEverything(t.Context(), "alice"))
		if !ok || f.NotDone != notDone {
			t.Errorf("%s: %+v", body, f)
		}
	}
}

// Verify does not accept the 200 of another server.
func TestVerifyNeedsUsers(t *testing.T) {
	for body, good := range map[string]bool{`{"entities":[]}`: true, `{}`: false, `{"entities":null}`: false, `<html>`: false, `{"error":"x","entities":[]}`: false} {
		c, _ := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, body), nil })
		if err := c.Verify(t.Context()); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A token that a header cannot carry is refused.
func TestInvalidTokens(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"access_token":""}`, `{"access_token":null}`, `{"access_token":["x"]}`, `{"access_token":"a b"}`, `{"access_token":"a\nb"}`,
		`{"access_token":"é"}`, `{"access_token":"` + strings.Repeat("x", maxToken+1) + `"}`, `{"error":"x","access_token":"y"}`, `[]`,
	} {
		calls := 0
		c, _ := newOffline(t, nil, func(o *Options) {
			o.AppToken, o.ClientID, o.ClientSecret = "", testID, testSecret
			o.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
				calls++
				return response(200, nil, body), nil
			})
		})
		if err := c.DeleteEverything(t.Context(), "alice"); err == nil || calls != 1 {
			t.Errorf("%.40s: %d calls, %v", body, calls, err)
		}
	}
}

func TestTransportErrorsNameNoURL(t *testing.T) {
	c, _ := newOffline(t, func(int) (*http.Response, error) {
		return nil, &url.Error{Op: "Delete", URL: "https://h/?secret=s", Err: errors.New("connection refused")}
	})
	err := c.DeleteEverything(t.Context(), "alice")
	if err == nil || strings.Contains(err.Error(), "https") || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	calls := 0
	c, _ := newOffline(t, func(n int) (*http.Response, error) {
		calls = n
		return response(200, nil, strings.Repeat(" ", maxAnswer+1)), nil
	})
	err := c.DeleteEverything(t.Context(), "alice")
	if fault.KindOf(err) != fault.Network || !strings.Contains(err.Error(), "the answer of h to POST /rest/message/roaming/user/{user}/delete/all is larger than 4 MB") || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestSettings(t *testing.T) {
	good := Options{Host: "a1.easemob.com", AppKey: "org#app", ClientID: "id", ClientSecret: "secret"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"no host":          func(o *Options) { o.Host = "" },
		"a user in a URL":  func(o *Options) { o.Host = "https://u:p4ss@h" },
		"a query":          func(o *Options) { o.Host = "https://h/?x" },
		"another scheme":   func(o *Options) { o.Host = "ftp://h" },
		"not a URL":        func(o *Options) { o.Host = "http://[::1" },
		"no App Key":       func(o *Options) { o.AppKey = "" },
		"half an App Key":  func(o *Options) { o.AppKey = "org#" },
		"too much of one":  func(o *Options) { o.AppKey = "org#app#x" },
		"dots for an org":  func(o *Options) { o.AppKey = "..#app" },
		"no credentials":   func(o *Options) { o.ClientID, o.ClientSecret = "", "" },
		"no client secret": func(o *Options) { o.ClientSecret = "" },
		"no client ID":     func(o *Options) { o.ClientID = "" },
	} {
		o := good
		change(&o)
		_, err := New(o)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Kind != fault.Config || f.Hint == "" || strings.Contains(f.Error(), "p4ss") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostWithAPath(t *testing.T) {
	var got string
	c, _ := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, okDeletion), nil }, func(o *Options) {
		o.Host = "http://127.0.0.1:8080/gateway/"
		next := o.Transport
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return next.RoundTrip(r)
		})
	})
	if err := c.DeleteEverything(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if want := "http://127.0.0.1:8080/gateway/org/app/rest/message/roaming/user/alice/delete/all"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
