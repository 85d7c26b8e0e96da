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
		Long: `Print a token alone on standard output: the app's own, which may do everything,
or with --user one that logs that user in.

A user's token is made here from the client secret, without asking the service
and so without knowing whether it has such a user; it lives for a day. Where
there is an app token alone, the service is asked for one.

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
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if err := render.Check(a.IO, opts, tokenView()); err != nil {
		return err
	}
	t, err := app.Token(ctx, a, o.user)
	if err != nil {
		return err
	}
	if a.IO.OutTTY() {
		a.Warn("this is a secret: whoever has it can act as %s", cmp.Or(o.user, "the app itself, with all its rights"))
	}
	got := token{Token: t.Value, User: o.user, Grant: t.Grant, Expires: roaming.Time{Time: t.Expires}}
	return app.Report(a, opts, tokenView(), got, func() { fmt.Fprintln(a.IO.Out, render.Safe(got.Token)) })
}
