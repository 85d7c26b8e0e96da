package doctor

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fake is a service with an answer for each kind of call.
type fake struct {
	verify, list, history, files, search error
	listed                               []roaming.Conversation
}

func (f fake) Verify(context.Context) error                       { return f.verify }
func (f fake) CheckHistoryFiles(context.Context, time.Time) error { return f.files }
func (f fake) CheckSearch(context.Context, string) error          { return f.search }
func (f fake) Limiter() *limiter.Limiter                          { return limiter.New(limiter.Options{}) }

func (f fake) Conversations(context.Context, string, roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		yield(roaming.Page[roaming.Conversation]{Items: f.listed}, f.list)
	}
}

func (f fake) History(context.Context, roaming.Ref, roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		yield(roaming.Page[roaming.Message]{}, f.history)
	}
}

// refusing is a transport on which the service refuses the probe.
type refusing struct{ body string }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	return &http.Response{StatusCode: http.StatusUnauthorized, Header: header, Body: io.NopCloser(strings.NewReader(r.body))}, nil
}

const unauthorized = `{"error":"unauthorized","error_description":"Unable to authenticate (OAuth)"}`

// refused is the service's refusal.
func refused(kind fault.Kind, status int, word string) error {
	f := fault.New(kind, "the service says %s", word).WithHint("a hint")
	f.Status, f.ServiceError = status, word
	return f
}

// checked runs the checks of a service and returns the verdicts that are not ok and
// not always unknown, and the exit code.
func checked(t *testing.T, o Options) (map[string]Verdict, Report) {
	t.Helper()
	r := Run(t.Context(), o)
	bad := map[string]Verdict{}
	for _, c := range r.Checks {
		switch c.Name {
		case "one_way_deletion", "recall", "import", "history_rooms", "settings", "proxy", "network", "keyring":
		default:
			if c.Verdict != OK {
				bad[c.Name] = c.Verdict
			}
		}
	}
	return bad, r
}

func target(s Service) Target {
	return Target{
		Host: "a1.easemob.com", AppKey: "org#app", Transport: refusing{unauthorized}, Timeout: time.Second, Service: s,
	}
}

func TestFeatures(t *testing.T) {
	closed := refused(fault.Auth, 403, "function_not_open_error")
	down := refused(fault.Network, 503, "service_unavailable")
	for _, tt := range []struct {
		name string
		fake fake
		code int
		want map[string]Verdict
	}{
		{"all open", fake{}, 0, map[string]Verdict{}},
		{"history closed", fake{history: closed}, 4, map[string]Verdict{"history": Failed}},
		{"list closed", fake{list: closed}, 4, map[string]Verdict{"conversation_list": Failed}},
		{"list refused", fake{list: refused(fault.Refused, 400, "odd")}, 6, map[string]Verdict{"user": Unknown, "conversation_list": Failed}},
		{"list too often", fake{list: refused(fault.RateLimited, 429, "reach_limit")}, 6, map[string]Verdict{"user": Unknown, "conversation_list": Failed}},
		{"no such user", fake{list: refused(fault.NotFound, 404, "service_resource_not_found")}, 6, map[string]Verdict{
			"user": Failed, "conversation_list": Skipped, "history": Skipped, "search": Skipped,
		}},
		{"user's token refused", fake{list: refused(fault.Auth, 401, "unauthorized")}, 4, map[string]Verdict{
			"user": Failed, "conversation_list": Skipped, // history may take the app's token
		}},
		{"down", fake{list: down, history: down, search: down, files: down}, 9, map[string]Verdict{
			"user": Unknown, "conversation_list": Failed, "history": Failed, "search": Unknown, "history_files": Unknown,
		}},
		{"limit used up", fake{list: roaming.NotSent{Err: context.DeadlineExceeded}}, 0, map[string]Verdict{"user": Unknown, "conversation_list": Unknown}},
		{"no search", fake{search: refused(fault.NotFound, 404, "not_found")}, 0, map[string]Verdict{"search": Warning}},
		{"no files stored", fake{files: fault.Wrap(fault.Refused, roaming.ErrNotStored, "the hour")}, 0, map[string]Verdict{"history_files": Unknown}},
		{"files refused", fake{files: refused(fault.Refused, 400, "illegal_argument")}, 0, map[string]Verdict{"history_files": Warning}},
		{"no files in that hour", fake{files: roaming.ErrNoMessages}, 0, map[string]Verdict{}},
		{"unknown zone", fake{files: refused(fault.Config, 0, "")}, 0, map[string]Verdict{"history_files": Unknown}},
		{"an item that can't be read", fake{history: &roaming.ItemError{Err: errors.New("odd")}}, 0, map[string]Verdict{}},
		{"app token refused", fake{verify: refused(fault.Auth, 401, "auth_bad_access_token")}, 4, map[string]Verdict{
			"app_key": Unknown, "app_token": Failed, "user": Skipped, "conversation_list": Skipped, "history": Skipped, "search": Skipped,
			"history_files": Skipped, "limits": Skipped,
		}},
	} {
		o := options(t, nil, "")
		o.User, o.Target = "alice", target(tt.fake)
		bad, r := checked(t, o)
		if diff := cmp.Diff(tt.want, bad); diff != "" || r.ExitCode != tt.code {
			t.Errorf("%s: exit code %d, want %d (-want +got):\n%s", tt.name, r.ExitCode, tt.code, diff)
		}
		if err := r.Err(); fault.ExitCode(err) != tt.code {
			t.Errorf("%s: the error's exit code is %d", tt.name, fault.ExitCode(err))
		}
	}
}

func TestUnknownApp(t *testing.T) {
	unknown := refused(fault.NotFound, 404, unknownApp)
	found := func(host string, err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return host, err }
	}
	for _, tt := range []struct {
		discover  func(context.Context) (string, error)
		seen, fix string
	}{
		{nil, "does not know the app org#app", "another data centre"},
		{found("a61.easemob.com", nil), "is at a61.easemob.com", "set host to a61.easemob.com"},
		{found("a1.easemob.com", nil), "knows no other host", "check the App Key"},
		{found("", fault.New(fault.Config, "no host")), "does not either", "check the App Key"},
		{found("", fault.New(fault.Network, "down")), "does not know the app org#app", "another data centre"},
	} {
		for name, change := range map[string]func(*Target){
			"by the token request": func(to *Target) { to.Service = fake{verify: unknown} },
			"by the probe":         func(to *Target) { to.Transport = refusing{`{"error":"` + unknownApp + `","timestamp":1}`} },
		} {
			o := options(t, nil, "")
			o.Target = target(fake{})
			o.Target.Discover = tt.discover
			change(&o.Target)
			_, r := checked(t, o)
			i := 0
			for r.Checks[i].Name != "app_key" {
				i++
			}
			if c := r.Checks[i]; c.Verdict != Failed || r.ExitCode != 3 || !strings.Contains(c.Seen, tt.seen) || !strings.Contains(c.Fix, tt.fix) {
				t.Errorf("%s: exit code %d, %+v", name, r.ExitCode, c)
			}
		}
	}
}

// The first failed check decides the exit code, whatever comes after it.
func TestFirstFailureDecides(t *testing.T) {
	o := options(t, map[string]string{"ROAMCTL_TIMEOUT": "soon"}, "")
	o.Target = target(fake{verify: refused(fault.Auth, 401, "unauthorized")})
	o.Redact = func(s string) string { return strings.ReplaceAll(s, "unauthorized", "[redacted]") }
	_, r := checked(t, o)
	if r.ExitCode != 3 || r.Verdict != Failed || r.Checks[0].Name != "configuration" {
		t.Errorf("exit code %d, %+v", r.ExitCode, r.Checks[0])
	}
	for _, c := range r.Checks {
		if strings.Contains(c.Seen+c.Fix, "unauthorized") {
			t.Errorf("not redacted: %+v", c)
		}
		if len(c.Seen) > 2*longText {
			t.Errorf("%s is long: %d bytes", c.Name, len(c.Seen))
		}
	}
}

func TestStrangersTextsAreBounded(t *testing.T) {
	o := options(t, nil, "")
	o.Target = target(fake{verify: errors.New(strings.Repeat("long ", 10_000) + "\nline")})
	_, r := checked(t, o)
	for _, c := range r.Checks {
		if len(c.Seen) > 2*longText || strings.Contains(c.Seen, "\n") {
			t.Errorf("%s has %d bytes", c.Name, len(c.Seen))
		}
	}
}

// Where the host is to be found by the vendor's discovery service, and that does not
// answer, the network is at fault.
func TestNoDiscovery(t *testing.T) {
	o := options(t, nil, "")
	o.Target = Target{Err: fault.New(fault.Network, "the discovery service is down").WithHint("a hint")}
	bad, r := checked(t, o)
	if bad["host"] != Failed || bad["configuration"] != "" || bad["app_token"] != Skipped || r.ExitCode != 9 {
		t.Errorf("exit code %d, %v", r.ExitCode, bad)
	}
}
