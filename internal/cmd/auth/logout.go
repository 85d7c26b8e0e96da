package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

func newLogout(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Forget the secrets and tokens of a profile",
		Long: `Remove the client secret, the app token and the cached tokens of the profile in
use. Its host, App Key and client ID stay. Tokens that other programs have stay
valid until they expire: logout does not revoke them.`,
		Example: "  roamctl auth logout\n  roamctl auth logout -o json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return logout(cmd.Context(), a) },
	}
	flags.Columns(cmd, logoutView())
	return cmd
}

func logout(ctx context.Context, a *app.App) error {
	if a.Global.Sandbox {
		return fault.New(fault.Usage, "the sandbox has no login").
			WithHint("roamctl sandbox reset creates new data and credentials")
	}
	c, opts, err := app.Setup(a, logoutView())
	if err != nil {
		return err
	}
	if err := c.CheckProfile(); err != nil {
		return err
	}
	file, err := c.Profiles()
	if err != nil {
		return err
	}
	done := loggedOut{Profile: c.Profile(), Removed: []string{}}
	tokens, tokensErr := a.Tokens(done.Profile).Clear()
	if err := done.forgetSecrets(ctx, a, file); err != nil {
		return errors.Join(err, tokensErr)
	}
	if tokensErr != nil {
		return tokensErr
	}
	if tokens {
		done.Removed = append(done.Removed, "tokens")
	}
	warnEnvironment(a, c)
	return app.Report(a, opts, logoutView(), done, func() {
		if len(done.Removed) == 0 {
			a.Note("profile %s has no secrets and no tokens", done.Profile)
			return
		}
		a.Note("profile %s: removed %s", done.Profile, strings.Join(done.Removed, ", "))
	})
}

func (l *loggedOut) forgetSecrets(ctx context.Context, a *app.App, file *config.Profiles) error {
	held, err := a.ProfileInFile(l.Profile)
	if err != nil {
		return err
	}
	for _, v := range held.Values() {
		if v.Key.Secret && v.Source != "" {
			l.Removed = append(l.Removed, v.Key.Name)
		}
	}
	if len(l.Removed) == 0 {
		return nil
	}
	return file.Unset(ctx, l.Profile, append([]string{}, l.Removed...)...)
}

// warnEnvironment warns of secrets that a logout can't remove.
func warnEnvironment(a *app.App, c *config.Config) {
	for _, v := range c.Values() {
		if v.Key.Secret && a.Getenv(v.Key.Env()) != "" {
			a.Warn("%s is still set in the environment", v.Key.Env())
		}
	}
}
