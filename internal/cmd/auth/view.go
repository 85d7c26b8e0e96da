package auth

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// login is the result of a login.
type login struct {
	Profile string `json:"profile"`
	Host    string `json:"host"`
	AppKey  string `json:"app_key"`
	Checked bool   `json:"checked"`
	Created bool   `json:"created"` // the profile is new
	Current bool   `json:"current"` // it is the current one
	File    string `json:"file"`
	// Where the secrets are; either may be empty.
	InKeyring []string `json:"in_keyring"`
	InFile    []string `json:"in_file"`
}

func newLoginReport(to config.Connection, change config.Change, file string) login {
	return login{
		Profile: to.Profile, Host: to.Host, AppKey: to.AppKey,
		Created: change.Created, Current: change.Current, File: file,
		InKeyring: append([]string{}, change.InKeyring...), InFile: append([]string{}, change.InFile...),
	}
}

func (l login) explain(a *app.App) {
	how := "the service accepted the credentials"
	if !l.Checked {
		how = "the credentials were not checked"
	}
	a.Note("profile %s: %s at %s; %s", l.Profile, l.AppKey, l.Host, how)
	if len(l.InKeyring) > 0 {
		a.Note("%s: stored in the system keyring", strings.Join(l.InKeyring, ", "))
	}
	if len(l.InFile) > 0 {
		a.Note("%s: stored in %s, which only you can read", strings.Join(l.InFile, ", "), l.File)
	}
	if !l.Current {
		a.Note("another profile is current; roamctl profile use %s makes this one current", l.Profile)
	}
}

func loginView() render.View[login] { return render.View[login]{Columns: render.Fields[login]()} }

// The results of a request for the status.
const (
	accepted   = "accepted"
	refused    = "refused"
	unanswered = "failed"
	unasked    = "not_asked"
)

// status is the state of the credentials.
type status struct {
	Profile      string            `json:"profile"` // "" for the sandbox
	Host         string            `json:"host"`
	AppKey       string            `json:"app_key"`
	ClientID     string            `json:"client_id"`
	ClientSecret string            `json:"client_secret"` // keyring, file, sandbox, env NAME or flag --NAME; "" if not set
	AppToken     string            `json:"app_token"`     // the same
	Service      string            `json:"service"`       // accepted, refused, failed or not_asked
	Tokens       []app.CachedToken `json:"tokens"`
}

func statusView() render.View[status] {
	tokens := render.Column[status]{Name: "tokens", Default: true, Flex: true, Cell: func(s status, e render.Env) string { return summary(s.Tokens, e) }}
	columns := render.Fields[status]("profile", "host", "app_key", "client_id", "client_secret", "app_token", "service")
	return render.View[status]{Columns: append(columns, tokens)}
}

// summary lists the app's tokens and counts those of users.
func summary(tokens []app.CachedToken, e render.Env) string {
	var parts []string
	users := 0
	for _, t := range tokens {
		if t.User != "" {
			users++
			continue
		}
		until := e.Time(t.Expires.Time)
		if until == "" {
			until = "revoked"
		}
		parts = append(parts, fmt.Sprintf("%s until %s", t.AppKey, until))
	}
	switch users {
	case 0:
	case 1:
		parts = append(parts, "1 user's")
	default:
		parts = append(parts, fmt.Sprintf("%d users'", users))
	}
	return strings.Join(parts, "; ")
}

// loggedOut is the result of a logout.
type loggedOut struct {
	Profile string   `json:"profile"`
	Removed []string `json:"removed"` // client_secret, app_token, tokens
}

func logoutView() render.View[loggedOut] {
	return render.View[loggedOut]{Columns: render.Fields[loggedOut]()}
}

// token is a token for another program.
type token struct {
	Token   string       `json:"token"`
	User    string       `json:"user,omitempty"`
	Grant   string       `json:"grant"`
	Expires roaming.Time `json:"expires_at"` // null if it does not expire, or that is not known
}

func tokenView() render.View[token] { return render.View[token]{Columns: render.Fields[token]()} }
