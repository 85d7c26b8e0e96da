package sandbox

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/render"
)

// endpoint is what a client needs to use a started sandbox.
type endpoint struct {
	URL          string `json:"url"`
	AppKey       string `json:"app_key"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	WebSocketURL string `json:"websocket_url"` // where devices connect
}

// envForm is the form in which variables are printed.
type envForm string

const (
	envShell  envForm = "sh"     // lines for a POSIX shell
	envGitHub envForm = "github" // lines for the file $GITHUB_ENV
)

// seed is what a new data folder begins with.
type seed string

const (
	seedDemo seed = "demo"
	seedNone seed = "none"
)

type onOff string

const (
	on  onOff = "on"
	off onOff = "off"
)

// NotStarted returns what "sandbox start --env=form" prints when it fails. The
// commands that follow must not work on the service that was configured before:
// the host does not exist and gets no real credentials, and eval of the lines fails.
func NotStarted(form string) string {
	none := endpoint{URL: "http://sandbox-did-not-start.invalid", AppKey: "none#none", ClientID: "none", ClientSecret: "none"}
	if envForm(form) == envGitHub {
		return none.variables(envGitHub, on, beijing, "")
	}
	return none.variables(envShell, on, beijing, "") + "false\n"
}

// variables returns the variables for commands that use the sandbox. They turn off the
// limits of the client if the sandbox has none.
func (e endpoint) variables(form envForm, limits onOff, zone historyZone, pid string) string {
	var b strings.Builder
	for _, v := range [][2]string{
		{"HOST", e.URL},
		{"APP_KEY", e.AppKey},
		{"CLIENT_ID", e.ClientID},
		{"CLIENT_SECRET", e.ClientSecret},
		{"LIMITS", string(limits)},
		{"HISTORY_FILES_ZONE", string(zone)},
		{"SANDBOX_WEBSOCKET_URL", e.WebSocketURL},
		{"SANDBOX_PID", pid},
	} {
		if form == envGitHub {
			fmt.Fprintf(&b, "ROAMCTL_%s=%s\n", v[0], v[1]) // none has a line break
		} else {
			fmt.Fprintf(&b, "export ROAMCTL_%s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
		}
	}
	return b.String()
}

func endpointView() render.View[endpoint] {
	columns := render.Fields[endpoint]()
	for i, header := range []string{"URL", "App Key", "Client ID", "Client secret", "WebSocket URL"} {
		columns[i].Header = header
	}
	return render.View[endpoint]{Columns: columns}
}
