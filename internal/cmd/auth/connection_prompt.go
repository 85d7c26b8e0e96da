package auth

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

// questions collects the connection of a login: from flags and the environment,
// then from the terminal or, without one, from the profile.
type questions struct {
	app          *app.App
	config       *config.Config
	appTokenFile string

	missing []string // the flags of missing settings
}

func (q *questions) connection(ctx context.Context) (config.Connection, error) {
	to := config.Connection{Profile: q.config.Profile()}
	var err error
	if to.AppToken, err = q.appToken(ctx); err != nil {
		return to, err
	}
	if to.Host, err = q.host(ctx); err != nil {
		return to, err
	}
	if to.AppKey, err = q.setting(ctx, "app_key", "App Key, org#app"); err != nil {
		return to, err
	}
	if needsSecret := to.AppToken.IsZero(); needsSecret || q.config.Value("client_secret").IsOverride() {
		if to.ClientID, err = q.setting(ctx, "client_id", "Client ID"); err != nil {
			return to, err
		}
		if to.ClientSecret, err = q.clientSecret(ctx); err != nil {
			return to, err
		}
	}
	if len(q.missing) > 0 {
		return to, fault.New(fault.Config, "the login needs %s, and there is no terminal to ask on", strings.Join(q.missing, ", ")).
			WithHint("give them as flags (--app-token-file replaces the last two), or as ROAMCTL_HOST, ROAMCTL_APP_KEY, ROAMCTL_CLIENT_ID and ROAMCTL_CLIENT_SECRET")
	}
	return to, nil
}

// host returns the host, after a list of the data centres on a terminal.
func (q *questions) host(ctx context.Context) (string, error) {
	v := q.config.Value("host")
	if v.IsOverride() || !q.app.CanAsk() {
		return q.setting(ctx, "host", "")
	}
	centres := config.DataCentres()
	for i, d := range centres {
		q.app.Print("", "  %d  %-12s %s", i+1, d.Name, d.Host)
	}
	auto := len(centres) + 1
	q.app.Print("", "  %d  %-12s ask the vendor's discovery service", auto, config.AutoHost)
	return q.askUntilGood(v.Key, func() (string, error) {
		answer, err := q.app.Ask(ctx, "Data centre (number, name or host)", v.Text)
		if n, notNumber := strconv.Atoi(answer); notNumber == nil {
			switch {
			case n == auto:
				answer = config.AutoHost
			case n >= 1 && n < auto:
				answer = centres[n-1].Host
			default:
				answer = "" // no host is a number
			}
		}
		return config.HostOf(answer), err
	})
}

// setting returns a value that is not secret.
func (q *questions) setting(ctx context.Context, name, question string) (string, error) {
	v := q.config.Value(name)
	if !v.IsOverride() && q.app.CanAsk() {
		return q.askUntilGood(v.Key, func() (string, error) { return q.app.Ask(ctx, question, v.Text) })
	}
	if v.Text == "" {
		q.missing = append(q.missing, "--"+v.Key.Flag)
		return "", nil
	}
	text, err := v.Key.Check(v.Text)
	if err != nil {
		return "", fault.Wrap(fault.Usage, err, "%s cannot be %q (%s)", name, v.Text, v.Source).WithHint("use %s", v.Key.Accepts)
	}
	return text, nil
}

func (q *questions) clientSecret(ctx context.Context) (config.Secret, error) {
	v := q.config.Value("client_secret")
	switch {
	case v.IsOverride() || v.Source != "" && !q.app.CanAsk():
		return q.config.Secret(ctx, "client_secret")
	case !q.app.CanAsk():
		q.missing = append(q.missing, "--"+v.Key.Flag)
		return config.Secret{}, nil
	}
	question, kept := "Client secret (not shown)", config.Secret{}
	if v.Source != "" {
		// A keyring that no longer has the old one is no reason to fail.
		var err error
		if kept, err = q.config.Secret(ctx, "client_secret"); err == nil {
			question = "Client secret (not shown; empty keeps the current one)"
		}
	}
	text, err := q.askUntilGood(v.Key, func() (string, error) {
		text, err := q.app.AskSecret(ctx, question)
		if text == "" {
			text = kept.Reveal()
		}
		return text, err
	})
	return config.NewSecret(text), err
}

const maxTries = 3

// askUntilGood repeats a question until the answer is valid.
func (q *questions) askUntilGood(key config.Key, ask func() (string, error)) (string, error) {
	for try := 1; ; try++ {
		answer, err := ask()
		if err != nil {
			return "", err
		}
		answer, err = key.Check(answer)
		if err == nil {
			return answer, nil
		}
		err = fmt.Errorf("%s: %w; use %s", key.Name, err, key.Accepts)
		if try == maxTries {
			return "", fault.Wrap(fault.Usage, err, "no valid answer")
		}
		q.app.Warn("%v", err)
	}
}

// appToken returns the app token to log in with, empty for a client secret.
func (q *questions) appToken(ctx context.Context) (config.Secret, error) {
	if q.appTokenFile == "" {
		if q.config.Value("app_token").IsOverride() || !q.app.CanAsk() && q.config.Value("client_secret").Source == "" {
			return q.config.Secret(ctx, "app_token")
		}
		return config.Secret{}, nil
	}
	if f := q.app.Flags.Lookup("client-secret-file"); q.appTokenFile == "-" && f != nil && f.Value.String() == "-" {
		return config.Secret{}, fault.New(fault.Usage, "--app-token-file and --client-secret-file can't both be standard input")
	}
	text, err := q.config.ReadSecretFile("--app-token-file", q.appTokenFile)
	if err != nil {
		return config.Secret{}, err
	}
	if text, err = q.config.Value("app_token").Key.Check(text); err != nil {
		return config.Secret{}, fault.Wrap(fault.Config, err, "the app token in %s cannot be used", q.appTokenFile)
	}
	return config.NewSecret(text), nil
}
