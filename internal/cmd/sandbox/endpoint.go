package sandbox

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/render"
)

// endpoint is what a client has to know of a started sandbox.
type endpoint struct {
	URL          string `json:"url"`
	AppKey       string `json:"app_key"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	WebSocketURL string `json:"websocket_url"` // where devices connect
}

// envForm is how variables are written.
type envForm string

const (
	envShell  envForm = "sh"     // lines for a POSIX shell
	envGitHub envForm = "github" // lines for the file $GITHUB_ENV
)

func envForms() []envForm { return []envForm{envShell, envGitHub} }

// variables have commands use the sandbox. Pacing is of no use against a
// sandbox that has no limits.
func (e endpoint) variables(form envForm, limits onOff, pid int) string {
	var b strings.Builder
	for _, v := range [][2]string{
		{"HOST", e.URL},
		{"APP_KEY", e.AppKey},
		{"CLIENT_ID", e.ClientID},
		{"CLIENT_SECRET", e.ClientSecret},
		{"LIMITS", string(limits)},
		{"SANDBOX_WEBSOCKET_URL", e.WebSocketURL},
		{"SANDBOX_PID", fmt.Sprint(pid)},
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
	column := func(name, header string, cell func(endpoint) string) render.Column[endpoint] {
		return render.Column[endpoint]{Name: name, Header: header, Default: true, Cell: func(e endpoint, _ render.Env) string { return cell(e) }}
	}
	return render.View[endpoint]{Columns: []render.Column[endpoint]{
		column("url", "URL", func(e endpoint) string { return e.URL }),
		column("app_key", "App Key", func(e endpoint) string { return e.AppKey }),
		column("client_id", "Client ID", func(e endpoint) string { return e.ClientID }),
		column("client_secret", "Client secret", func(e endpoint) string { return e.ClientSecret }),
		column("websocket_url", "WebSocket URL", func(e endpoint) string { return e.WebSocketURL }),
	}}
}
