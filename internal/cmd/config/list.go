package config

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/render"
)

func newList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List all settings and where their values come from",
		Long: `List all settings with the value in use and its source: a flag, an environment
variable, the profile, the keyring, the default, or unset. The list shows
whether a secret is set, but not its value. It warns of malformed values.`,
		Example: `  roamctl config list
  roamctl config list --columns key,accepts,description
  roamctl config list --tz UTC -o json --jq '.items[] | select(.source != "default")'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return list(a) },
	}
	flags.Columns(cmd, settingView())
	return cmd
}

func list(a *app.App) error {
	c, opts, err := app.Setup(a, settingView())
	if err != nil {
		return err
	}
	if err := c.CheckProfile(); err != nil {
		return err
	}
	l, err := render.NewList(a.IO, opts, settingView())
	if err != nil {
		return err
	}
	var settings []setting
	for _, v := range c.Values() {
		settings = append(settings, newSetting(v))
	}
	return l.Finish(settings...)
}
