package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

// lines collects a log.
type lines struct {
	mu   sync.Mutex
	list []string
}

func (l *lines) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, fmt.Sprintf(format, args...))
}

// refusals returns the refusals among the events.
func (w world) refusals(t *testing.T) []admin.Event {
	t.Helper()
	client, err := w.s.Admin()
	if err != nil {
		t.Fatal(err)
	}
	events, _, err := client.Events(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	list := []admin.Event{}
	for _, e := range events {
		if e.Kind == "refusal" {
			list = append(list, e)
		}
	}
	return list
}

// Every refused request is one line of the log and one event: by the route's pattern,
// with the user and the reason, without secrets.
func TestRefusalsAreLogged(t *testing.T) {
	var log lines
	w := newWorld(t, Options{Log: log.add, LogRefusal: log.add, Faults: []Fault{mustFault(t, "route=users,status=503")}})
	secret, alice := w.s.Credentials().ClientSecret, w.auth(t, "alice")
	for _, r := range [][4]string{
		{"POST", "/users/alice/messageroaming", w.auth(t, "bob"), historyBody},
		{"GET", "/users/nobody/user_channels?token=" + alice, w.auth(t, "nobody"), ""},
		{"GET", "/chatgroups/g1/users", w.auth(t, "carol"), ""},
		{"GET", "/contacts/" + alice + "/" + secret, alice, ""},
		{"POST", "/token", "", `{"grant_type":"password","username":"al\u001b[31mice","password":"swordfish"}`},
		{"GET", "/users", "", ""},
	} {
		w.do(t, r[0], r[1], r[2], r[3])
	}
	want := []string{
		`POST /users/{user}/messageroaming 401 alice: auth_bad_access_token: Unable to authenticate due to corrupt access token (it is a token of user "bob")`,
		`GET /users/{user}/user_channels 404 nobody: service_resource_not_found: Service resource not found: user "nobody": not found`,
		`GET /chatgroups/{group}/users 403 carol: forbidden_op: users [carol] are not members of this group!`,
		`GET /contacts/[redacted]/[redacted] 404 alice: not_emulated: the sandbox does not emulate GET /contacts/[redacted]/[redacted]`,
		"POST /token 404 al\x1b[31mice: invalid_grant: user not found",
		`GET /users 503 : service_unavailable: a fault of the sandbox: Service Unavailable`,
	}
	var got []string
	for _, e := range w.refusals(t) {
		reason, _ := strings.CutPrefix(e.Detail, fmt.Sprintf("%s %s %d: ", e.Method, e.Route, e.Status))
		got = append(got, fmt.Sprintf("%s %s %d %s: %s", e.Method, e.Route, e.Status, e.User, reason))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(log.list) != len(want) {
		t.Errorf("%d lines for %d refusals: %q", len(log.list), len(want), log.list)
	}
	const first = `refused POST /users/{user}/messageroaming 401 for alice: auth_bad_access_token: Unable to authenticate due to corrupt access token (it is a token of user "bob")`
	if log.list[0] != first {
		t.Errorf("%q, want %q", log.list[0], first)
	}
	for _, text := range append(log.list, got...) {
		for _, hidden := range []string{alice, secret, "swordfish", w.auth(t, "bob")} {
			if strings.Contains(text, hidden) {
				t.Errorf("%q has the secret %q", text, hidden)
			}
		}
	}
}

// A text that a stranger wrote has a bound, and a sandbox of one command logs no
// refusals: the command says what was refused.
func TestRefusalsAreBounded(t *testing.T) {
	var log lines
	w := newWorld(t, Options{Log: log.add})
	if status, _ := w.do(t, "GET", "/"+strings.Repeat("é", 100_000), "", ""); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
	list := w.refusals(t)
	if len(list) != 1 || len(list[0].Detail) > 2000 || len(list[0].Route) > 600 {
		t.Errorf("%d refusals: %.3000v", len(list), list)
	}
	if len(log.list) > 0 {
		t.Errorf("logged %q", log.list)
	}
}

// A request without an app token for what only a sandbox has is a refusal, too.
func TestRefusedAdministration(t *testing.T) {
	w := newWorld(t, Options{})
	if status, _ := w.do(t, "GET", "//_sandbox/devices", w.auth(t, "alice"), ""); status != http.StatusUnauthorized {
		t.Fatalf("status %d", status)
	}
	if list := w.refusals(t); len(list) != 1 || list[0].Route != "/_sandbox/devices" {
		t.Errorf("%v", list)
	}
}
