package profile

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

func newList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the profiles",
		Long: `List the profiles in the order of the configuration file. A * marks the one in
use: that of --profile, else of ROAMCTL_PROFILE, else the file's current one.`,
		Example: "  roamctl profile list\n  roamctl profile list -o json --jq '.items[].name'",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return list(a) },
	}
	flags.Columns(cmd, listView())
	return cmd
}

func list(a *app.App) error {
	file, opts, err := begin(a, listView())
	if err != nil {
		return err
	}
	profiles, err := file.List()
	if err != nil {
		return err
	}
	l, err := render.NewList(a.IO, opts, listView())
	if err != nil {
		return err
	}
	if err := l.Write(profiles...); err != nil {
		return err
	}
	c, err := a.Config()
	if err != nil {
		return err
	}
	explain(a, c, profiles)
	return l.Close("")
}

// explain notes which profile is in use and why, if the list does not show it.
func explain(a *app.App, c *config.Config, profiles []config.Profile) {
	marked := slices.ContainsFunc(profiles, func(p config.Profile) bool { return p.Current })
	by := c.ChosenBy()
	switch {
	case len(profiles) == 0:
		a.Note("no profiles: create one with roamctl auth login; --sandbox needs none")
	case !marked && by == "":
		a.Note("no profile is in use: select one with roamctl profile use or --profile")
	case !marked:
		a.Warn("profile %s, selected by %s, does not exist", c.Profile(), by)
	case by != "" && !c.ChosenByFile():
		a.Note("%s is in use because of %s", c.Profile(), by)
	}
}
