package doctor_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// host is a sandbox that records the requests it gets.
type host struct {
	*httptest.Server
	box *sandbox.Sandbox

	mu       sync.Mutex
	requests []request
}

type request struct {
	method, path string
	body         map[string]any
}

func newHost(t *testing.T, o sandbox.Options) *host {
	t.Helper()
	box := openBox(t, o)
	h := &host{box: box}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(b)))
		seen := request{method: r.Method, path: r.URL.Path}
		_ = json.Unmarshal(b, &seen.body) // nil without a body
		h.mu.Lock()
		h.requests = append(h.requests, seen)
		h.mu.Unlock()
		box.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

// openBox opens a sandbox with the demo's data.
func openBox(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	if _, err := box.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	return box
}

// home is a home whose environment names the host.
func (h *host) home(t *testing.T) *cmdtest.Home {
	t.Helper()
	home := cmdtest.New(t)
	h.configure(home)
	return home
}

// configure names the host in a home's environment.
func (h *host) configure(home *cmdtest.Home) {
	as := h.box.Credentials()
	for name, value := range map[string]string{
		"HOST": h.URL, "APP_KEY": as.AppKey, "CLIENT_ID": as.ClientID, "CLIENT_SECRET": as.ClientSecret,
		"KEYRING": "off", "TZ": "UTC", "RETRIES": "0", "LIMITS": "off",
	} {
		home.Env["ROAMCTL_"+name] = value
	}
	home.Env["LANG"] = "C.UTF-8"
}

// received returns the requests that the host got.
func (h *host) received() []request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.requests)
}

// report is what scripts read.
type report struct {
	Verdict  string `json:"verdict"`
	ExitCode int    `json:"exit_code"`
	Checks   []struct {
		Name    string `json:"name"`
		Verdict string `json:"verdict"`
		Seen    string `json:"seen"`
		Fix     string `json:"fix"`
	} `json:"checks"`
}

// run runs doctor and returns its report.
func run(t *testing.T, home *cmdtest.Home, args ...string) (report, cmdtest.Result) {
	t.Helper()
	result := home.Run(append([]string{"doctor", "-o", "json"}, args...)...)
	var r report
	if err := json.Unmarshal([]byte(result.Out), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, result.Out, result.Err)
	}
	if r.ExitCode != result.Code {
		t.Errorf("the report says exit code %d, it is %d", r.ExitCode, result.Code)
	}
	var names []string
	for _, c := range r.Checks {
		names = append(names, c.Name)
		if c.Seen == "" || (c.Fix == "") != (c.Verdict == "ok" || c.Verdict == "skipped") && c.Verdict != "unknown" {
			t.Errorf("%s is %s: seen %q, fix %q", c.Name, c.Verdict, c.Seen, c.Fix)
		}
	}
	if diff := cmp.Diff(checkNames, strings.Join(names, " ")); diff != "" {
		t.Errorf("names of the checks (-want +got):\n%s", diff)
	}
	return r, result
}

// bad are the checks that are neither ok, nor unknown or skipped as always.
func (r report) bad() map[string]string {
	bad := map[string]string{}
	for _, c := range r.Checks {
		if c.Verdict == "failed" || c.Verdict == "warning" {
			bad[c.Name] = c.Verdict
		}
	}
	return bad
}

func (r report) seen(name string) string {
	for _, c := range r.Checks {
		if c.Name == name {
			return c.Seen
		}
	}
	return ""
}

// reads reports whether a request is known to change nothing.
func (r request) reads() bool {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.path, "/"), "/")
	_, path, _ = strings.Cut(path, "/")
	switch r.method {
	case http.MethodGet:
		return true
	case http.MethodPost:
		return path == "token" && r.body["autoCreateUser"] != true || strings.HasSuffix(path, "/messageroaming") || strings.HasSuffix(path, "/messages/search/get")
	default:
		return false
	}
}
