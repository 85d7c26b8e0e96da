package doctor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// room is the demo's chat room.
const room = "250000000000201"

// checkNames are the checks in order. Scripts rely on their names.
const checkNames = "configuration settings keyring folder_state folder_backups folder_config folder_cache folder_data terminal " +
	"proxy network host clock app_key app_token user conversation_list history history_rooms search history_files " +
	"one_way_deletion recall import limits"

// Scripts rely on the names of the fields.
func TestFields(t *testing.T) {
	home := newHost(t, sandbox.Options{}).home(t)
	want := "app_key,checks,exit_code,host,platform,profile,settings,time,user,verdict,version exit_code,fix,name,seen,verdict key,source,value"
	got := home.OK("doctor", "--jq", `[., .checks[0], .settings[0]] | map(keys | join(",")) | join(" ")`)
	if diff := cmp.Diff(want, strings.TrimSpace(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHealthy(t *testing.T) {
	h := newHost(t, sandbox.Options{})
	r, result := run(t, h.home(t), "--user", "alice")
	result.Want(t, 0)
	if diff := cmp.Diff(map[string]string{"search": "warning"}, r.bad()); diff != "" { // the sandbox has none
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := r.seen("history"); !strings.Contains(got, "open, read alice's") {
		t.Errorf("history: %s", got)
	}
	if got := r.seen("configuration"); !strings.Contains(got, "without a file") {
		t.Errorf("configuration by the environment alone: %s", got)
	}
	r, result = run(t, h.home(t))
	result.Want(t, 0)
	if got := r.seen("history"); !strings.Contains(got, "--user") {
		t.Errorf("history without a user: %s", got)
	}
}

func TestCredentials(t *testing.T) {
	h := newHost(t, sandbox.Options{})
	for _, tt := range []struct {
		variable, value, user string
		code                  int
		check                 string
	}{
		{"CLIENT_SECRET", "no-such-secret", "", 4, "app_token"},
		{"CLIENT_ID", "no-such-id", "", 4, "app_token"},
		{"APP_TOKEN", "no-such-token", "", 4, "app_token"},
		{"APP_KEY", "no#app", "", 3, "app_key"},
		{"APP_KEY", "noapp", "", 3, "configuration"},
		{"CLIENT_ID", "", "", 3, "configuration"},
		{"CA_FILE", "/no/such/file", "", 3, "configuration"},
		{"HOST", "user:hush-hush-4711@a1.easemob.com", "", 3, "configuration"},
		{"", "", "nobody", 6, "user"},
	} {
		home := h.home(t)
		if tt.variable == "APP_TOKEN" {
			delete(home.Env, "ROAMCTL_CLIENT_SECRET")
		}
		if home.Env["ROAMCTL_"+tt.variable] = tt.value; tt.value == "" {
			delete(home.Env, "ROAMCTL_"+tt.variable)
		}
		args := []string{"--debug"}
		if tt.user != "" {
			args = append(args, "--user", tt.user)
		}
		r, result := run(t, home, args...)
		result.Want(t, tt.code)
		if diff := cmp.Diff(map[string]string{tt.check: "failed"}, r.bad()); diff != "" {
			t.Errorf("%s=%s (-want +got):\n%s", tt.variable, tt.value, diff)
		}
		for _, secret := range []string{h.box.Credentials().ClientSecret, "no-such-secret", "no-such-token", "hush"} {
			if strings.Contains(result.Out+result.Err, secret) {
				t.Errorf("%s=%s: the output holds %s", tt.variable, tt.value, secret)
			}
		}
	}
}

// A user's token has not the right of an app's.
func TestUserTokenAsAppToken(t *testing.T) {
	h := newHost(t, sandbox.Options{})
	home := h.home(t)
	token := strings.TrimSpace(home.OK("auth", "token", "--user", "alice", "--jq", ".token"))
	delete(home.Env, "ROAMCTL_CLIENT_SECRET")
	home.Env["ROAMCTL_APP_TOKEN"] = token
	r, result := run(t, home, "--user", "alice", "--debug")
	result.Want(t, 4, "app token")
	if diff := cmp.Diff(map[string]string{"app_token": "failed"}, r.bad()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if token == "" || strings.Contains(result.Out+result.Err, token) {
		t.Error("the output holds the token")
	}
}

// No request of doctor changes anything, whatever the service answers.
func TestOnlyReads(t *testing.T) {
	like, data := cmdtest.New(t), t.TempDir()
	openBox(t, sandbox.Options{Dir: data})
	var faults []string
	for _, route := range sandbox.RouteNames() {
		for _, what := range []string{"status=401", "status=403", "status=404", "status=429", "status=503", "reset", "reset=after", "truncate", "corrupt"} {
			faults = append(faults, "route="+route+","+what)
		}
	}
	for _, spec := range append(faults, "route=*,status=503", "route=*,reset", "route=*,delay=1h", "route=history,delay=1h", "route=unknown,delay=1h", "route=users,status=401,nth=2", "route=token,status=503,nth=1") {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			f, err := sandbox.ParseFault(spec)
			if err != nil {
				t.Fatal(err)
			}
			h := newHost(t, sandbox.Options{Dir: data, Faults: []sandbox.Fault{f}})
			home := like.Another(t)
			h.configure(home)
			home.Env["ROAMCTL_TIMEOUT"] = "1s"
			_, result := run(t, home, "--user", "alice", "--room", room, "--debug")
			if strings.Contains(result.Out, "context ") {
				t.Errorf("the output has Go's words: %s", result.Out)
			}
			switch result.Code {
			case 0, 3, 4, 6, 9:
			default:
				t.Errorf("exit code %d", result.Code)
			}
			if secret := h.box.Credentials().ClientSecret; strings.Contains(result.Out+result.Err, secret) {
				t.Error("the output holds the client secret")
			}
			received := h.received()
			for _, r := range received {
				if !r.reads() {
					t.Errorf("%s %s %v", r.method, r.path, r.body)
				}
			}
			if len(received) == 0 {
				t.Error("there was no request")
			}
		})
	}
}

func TestClosedFeatures(t *testing.T) {
	for _, feature := range append(sandbox.Features(), "") {
		h := newHost(t, sandbox.Options{Closed: []sandbox.Feature{feature}})
		r, result := run(t, h.home(t), "--user", "alice", "--room", room)
		code, want := 0, map[string]string{"search": "warning"}
		switch feature {
		case "history":
			code, want["history"], want["history_rooms"] = 4, "failed", "warning"
		case "lists":
			code, want["conversation_list"] = 4, "failed"
		case "rooms":
			want["history_rooms"] = "warning"
		default: // what can't be found out
		}
		result.Want(t, code)
		if diff := cmp.Diff(want, r.bad()); diff != "" {
			t.Errorf("%s is closed (-want +got):\n%s", feature, diff)
		}
	}
}
