package auth

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

type statusOptions struct {
	offline bool
}

func newStatus(a *app.App) *cobra.Command {
	o := statusOptions{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the credentials in use and check them",
		Long: `Show the profile in use, where its secrets are, which tokens are cached and
until when, and whether the service accepts them. The output contains no
secret.

status sends one request, and one more to renew an expired token. The exit code
is 4 if the service refuses the credentials, and 3 if some are missing.`,
		Example: `  roamctl auth status --sandbox
  roamctl auth status --sandbox -o json --jq .service
  roamctl auth status --offline`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	cmd.Flags().BoolVar(&o.offline, "offline", false, "show the credentials without asking the service")
	flags.Columns(cmd, statusView())
	return cmd
}

func (o *statusOptions) run(ctx context.Context, a *app.App) error {
	c, opts, err := app.Setup(a, statusView())
	if err != nil {
		return err
	}
	s, err := describe(ctx, a, c)
	if err != nil {
		return err
	}
	var failed error
	if !o.offline {
		failed = verify(ctx, a)
		s.judge(failed)
	}
	if s.Host == config.AutoHost {
		s.Host = cmp.Or(a.KnownHost(s.AppKey), s.Host) // as it is used
	}
	s.Tokens = a.Tokens(s.Profile).List(a.Now()) // the sandbox has no profile and caches none
	return errors.Join(render.One(a.IO, opts, statusView(), s), failed)
}

// verify asks the service whether it accepts the credentials in use.
func verify(ctx context.Context, a *app.App) error {
	c, err := a.Client(ctx)
	if err != nil {
		return err
	}
	return c.Verify(ctx)
}

// describe returns what is in use, without a request.
func describe(ctx context.Context, a *app.App, c *config.Config) (status, error) {
	if a.Global.Sandbox {
		box, err := a.OpenSandbox(ctx)
		if err != nil {
			return status{}, err
		}
		to := box.Credentials()
		return status{Host: "sandbox", AppKey: to.AppKey, ClientID: to.ClientID, ClientSecret: "sandbox", Service: unasked}, nil
	}
	s := status{Profile: c.Profile(), Service: unasked}
	for _, v := range c.Values() {
		switch v.Key.Name {
		case "host":
			s.Host = v.Text
		case "app_key":
			s.AppKey = v.Text
		case "client_id":
			s.ClientID = v.Text
		case "client_secret":
			s.ClientSecret = place(v.Source)
		case "app_token":
			s.AppToken = place(v.Source)
		}
	}
	return s, nil
}

// place returns where a secret is kept.
func place(source config.Source) string {
	if strings.HasPrefix(string(source), "profile ") {
		return "file"
	}
	return string(source)
}

// judge records the result of the request.
func (s *status) judge(err error) {
	switch fault.KindOf(err) {
	case "":
		s.Service = accepted
	case fault.Auth:
		s.Service = refused
	case fault.Config:
		s.Service = unasked
	default:
		s.Service = unanswered
	}
}
