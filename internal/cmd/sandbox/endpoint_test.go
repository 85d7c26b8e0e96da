package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/render"
)

func TestVariables(t *testing.T) {
	e := endpoint{URL: "http://127.0.0.1:1", AppKey: "a#b", ClientID: "id", ClientSecret: "it's", WebSocketURL: "ws://127.0.0.1:1/ws"}
	for form, want := range map[envForm]string{
		envShell: `export ROAMCTL_HOST='http://127.0.0.1:1'
export ROAMCTL_APP_KEY='a#b'
export ROAMCTL_CLIENT_ID='id'
export ROAMCTL_CLIENT_SECRET='it'\''s'
export ROAMCTL_LIMITS='off'
export ROAMCTL_HISTORY_FILES_ZONE='Beijing'
export ROAMCTL_SANDBOX_WEBSOCKET_URL='ws://127.0.0.1:1/ws'
export ROAMCTL_SANDBOX_PID='42'
`,
		envGitHub: `ROAMCTL_HOST=http://127.0.0.1:1
ROAMCTL_APP_KEY=a#b
ROAMCTL_CLIENT_ID=id
ROAMCTL_CLIENT_SECRET=it's
ROAMCTL_LIMITS=off
ROAMCTL_HISTORY_FILES_ZONE=Beijing
ROAMCTL_SANDBOX_WEBSOCKET_URL=ws://127.0.0.1:1/ws
ROAMCTL_SANDBOX_PID=42
`,
	} {
		if diff := cmp.Diff(want, e.variables(form, off, beijing, "42")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", form, diff)
		}
	}
}

// What a failed start prints fails in eval, and replaces each variable of a start.
func TestNotStarted(t *testing.T) {
	const want = `export ROAMCTL_HOST='http://sandbox-did-not-start.invalid'
export ROAMCTL_APP_KEY='none#none'
export ROAMCTL_CLIENT_ID='none'
export ROAMCTL_CLIENT_SECRET='none'
export ROAMCTL_LIMITS='on'
export ROAMCTL_HISTORY_FILES_ZONE='Beijing'
export ROAMCTL_SANDBOX_WEBSOCKET_URL=''
export ROAMCTL_SANDBOX_PID=''
false
`
	github := strings.NewReplacer("export ", "", "'", "", "false\n", "").Replace(want)
	for form, want := range map[string]string{"sh": want, "": want, "github": github} {
		if diff := cmp.Diff(want, NotStarted(form)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", form, diff)
		}
	}
}

// A terminal shows the milliseconds of events, too.
func TestEventTimes(t *testing.T) {
	at := time.Date(2026, 11, 23, 4, 5, 6, 70_000_000, time.UTC)
	env := render.Env{Terminal: true, Location: time.FixedZone("", 8*60*60), Now: at.Add(time.Hour)}
	for want, c := range map[string]render.Env{
		"12:05:06.070":             env,
		"2026-11-23 12:05:06.070":  {Terminal: true, Location: env.Location, Now: at.AddDate(0, 0, 1)},
		"2026-11-23T04:05:06.070Z": {Location: env.Location, Now: at},
	} {
		if got := eventTime(at, c); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
