package auth

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

type loginOptions struct {
	appTokenFile string
	noCheck      bool
}

func newLogin(a *app.App) *cobra.Command {
	o := loginOptions{}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Check an app's credentials and save them in a profile",
		Long: `Save the host, the App Key and the credentials of an app in a profile, and
create the profile if it does not exist. The first profile becomes the current
one.

On a terminal, login asks for settings that flags and environment do not give.
Elsewhere it needs --host, --app-key, --client-id and --client-secret-file, or
--app-token-file instead of the last two. The file can be - for standard input.

The host is that of the app's data centre: on a terminal, login lists the data
centres and accepts a number, a name or a host. With --host auto, roamctl asks
the vendor's discovery service, once, and keeps its answer until the next login.
It accepts only https and hosts of the vendor. VIP clusters have hosts of their
own: ask the vendor.

Login checks the credentials with the service before it saves anything. It
replaces the profile's earlier secrets, and stores the new ones in the system
keyring. Without a keyring it stores them in the configuration file, which only
you can read.`,
		Example: `  roamctl auth login
  roamctl auth login --profile prod --host a1.easemob.com --app-key 'org#app'
  roamctl auth login --profile prod --host auto --app-key 'org#app'
  echo SECRET | roamctl auth login --host a1.easemob.com --app-key 'org#app' --client-id YXA6 --client-secret-file - --no-check
  echo TOKEN | roamctl auth login --host a1.easemob.com --app-key 'org#app' --app-token-file - --no-check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	cmd.Flags().StringVar(&o.appTokenFile, "app-token-file", "", "read an app token from `FILE`, to use instead of a client secret; - for standard input")
	cmd.Flags().BoolVar(&o.noCheck, "no-check", false, "save without asking the service")
	flags.Columns(cmd, loginView())
	return cmd
}

func (o *loginOptions) run(ctx context.Context, a *app.App) error {
	if a.Global.Sandbox {
		return fault.New(fault.Usage, "the sandbox needs no login").
			WithHint("every command works with --sandbox as it is; for a started one, see roamctl sandbox start --env")
	}
	c, opts, err := app.Setup(a, loginView())
	if err != nil {
		return err
	}
	file, err := c.Profiles()
	if err != nil {
		return err
	}
	to, err := (&questions{app: a, config: c, appTokenFile: o.appTokenFile}).connection(ctx)
	if err != nil {
		return err
	}
	if err := c.CheckHost(to.Host); err != nil {
		return err
	}
	if !o.noCheck {
		if err := a.TryCredentials(ctx, to); err != nil {
			return err
		}
	}
	a.WarnUnsynced(filepath.Dir(file.Path()))
	done, err := save(ctx, file, to)
	if err != nil {
		return err
	}
	done.Checked = !o.noCheck
	return app.Report(a, opts, loginView(), done, func() { done.explain(a) })
}

// save writes the connection to the profile, and removes the secrets of earlier
// credentials.
func save(ctx context.Context, file *config.Profiles, to config.Connection) (login, error) {
	values := map[string]string{"host": to.Host, "app_key": to.AppKey}
	var stale []string
	for key, value := range map[string]string{
		"client_id":     to.ClientID,
		"client_secret": to.ClientSecret.Reveal(),
		"app_token":     to.AppToken.Reveal(),
	} {
		if value == "" {
			stale = append(stale, key)
		} else {
			values[key] = value
		}
	}
	change, err := file.Login(ctx, to.Profile, values)
	if err != nil {
		return login{}, err
	}
	if err := file.Unset(ctx, to.Profile, stale...); err != nil {
		return login{}, err
	}
	return newLoginReport(to, change, file.Path()), nil
}
