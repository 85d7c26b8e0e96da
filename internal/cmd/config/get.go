package config

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

func newGet(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get KEY",
		Short: "Print the value of one setting",
		Long: `Print the value in use of one setting on standard output. A setting without a
value is exit code 3. Secrets are not printed.`,
		Example:           "  roamctl config get timeout\n  roamctl config get tz -o json",
		Args:              oneKey,
		ValidArgsFunction: completeKeys(false),
		RunE:              func(_ *cobra.Command, args []string) error { return get(a, args[0]) },
	}
	flags.Columns(cmd, settingView())
	return cmd
}

func get(a *app.App, name string) error {
	c, opts, err := app.Setup(a, settingView())
	if err != nil {
		return err
	}
	key, err := config.LookupKey(name)
	if err != nil {
		return err
	}
	v := c.Value(key.Name)
	switch {
	case v.Key.Secret:
		return fault.New(fault.Usage, "%s is a secret and is not printed", v.Key.Name).
			WithHint("roamctl auth status shows where it is stored; roamctl auth token gets a token with it")
	case v.Text == "":
		return fault.New(fault.Config, "%s is not set", v.Key.Name).WithHint("roamctl config set %s VALUE", v.Key.Name)
	}
	return app.Report(a, opts, settingView(), newSetting(v), func() { fmt.Fprintln(a.IO.Out, render.Safe(v.Text)) })
}
