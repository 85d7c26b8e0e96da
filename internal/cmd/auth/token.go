package auth

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type tokenOptions struct {
	user string
}

func newToken(a *app.App) *cobra.Command {
	o := tokenOptions{}
	cmd := &cobra.Command{
		Use:   "token [--user U]",
		Short: "Print a token of the app or a user",
		Long: `Print a token on standard output: the app's own, which has all rights, or with
--user a token of that user.

roamctl makes a user's token from the client secret, without a request. It does
not check that the user exists. The token is valid for a day. With an app token
only, roamctl requests the user's token from the service.

A token is a secret: pass it on through a pipe or a variable, never as a flag's
value.`,
		Example: `  TOKEN=$(roamctl auth token --sandbox)
  roamctl auth token --user alice --sandbox -o json --jq .expires_at`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	cmd.Flags().StringVarP(&o.user, "user", "u", "", "print a token of this `USER`")
	flags.Columns(cmd, tokenView())
	return cmd
}

func (o *tokenOptions) run(ctx context.Context, a *app.App) error {
	if a.Flags.Changed("user") {
		if err := flags.CheckUser("--user", o.user); err != nil {
			return err
		}
	}
	opts, err := app.OutputFor(a, tokenView())
	if err != nil {
		return err
	}
	t, err := app.Token(ctx, a, o.user)
	if err != nil {
		return err
	}
	if a.IO.OutTTY() {
		a.Warn("this is a secret: anyone with it can act as %s", cmp.Or(o.user, "the app itself, with all its rights"))
	}
	got := token{Token: t.Value, User: o.user, Grant: t.Grant, Expires: roaming.Time{Time: t.Expires}}
	return app.Report(a, opts, tokenView(), got, func() { fmt.Fprintln(a.IO.Out, render.Safe(got.Token)) })
}
