package app

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/roamctl/roamctl/internal/config"
)

func TestPrivateHost(t *testing.T) {
	for host, want := range map[string]struct {
		own     string
		private bool
	}{
		"a1.easemob.com":           {"a1.easemob.com", false},
		"https://a1.easemob.com":   {"a1.easemob.com", false},
		"http://127.0.0.1:8080":    {"127.0.0.1:8080", true},
		"http://[::1]:8080":        {"[::1]:8080", true},
		"https://10.1.2.3":         {"10.1.2.3", true},
		"http://sandbox.localhost": {"sandbox.localhost", true},
		"https://8.8.8.8":          {"8.8.8.8", false},
		"localhost:80":             {"localhost:80", true},
	} {
		u, err := config.ParseHost(host)
		if err != nil || u.Host != want.own || isPrivate(u) != want.private {
			t.Errorf("%s: %v, %v, %v, want %q, %v", host, u, isPrivate(u), err, want.own, want.private)
		}
	}
}

// TestOwnFilesAreAtTheService: the app's own files are requested at the service's host,
// whatever host their URLs name, and nothing else is changed.
func TestOwnFilesAreAtTheService(t *testing.T) {
	var asked string
	files := ownFiles{trip(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.String()
		return &http.Response{Body: http.NoBody}, nil
	}), &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}, "/org/app/chatfiles/"}
	for link, want := range map[string]string{
		"http://127.0.0.1:9/org/app/chatfiles/1?share-secret=s": "http://127.0.0.1:8080/org/app/chatfiles/1?share-secret=s",
		"https://sandbox.localhost/org/app/chatfiles/1":         "http://127.0.0.1:8080/org/app/chatfiles/1",
		"http://127.0.0.1:8080/files/1":                         "http://127.0.0.1:8080/files/1",
		"http://10.0.0.1/org/other/chatfiles/1":                 "http://10.0.0.1/org/other/chatfiles/1",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := files.RoundTrip(r); err != nil || asked != want {
			t.Errorf("%s is requested at %s (%v), want %s", link, asked, err, want)
		}
	}
}

// trip is an http.RoundTripper.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
