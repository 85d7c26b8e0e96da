package profile

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

func newShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show what a profile sets",
		Long: `Show the settings of a profile in the configuration file: of the one in use, or
of the named one. The output does not include flags and the environment;
roamctl config list does. It shows where secrets are, but not their values.`,
		Example:           "  roamctl config set host a1.easemob.com --profile prod\n  roamctl profile show prod\n  roamctl profile show prod -o json --jq .settings.host",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeFirst(a),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return show(a, "")
			}
			return show(a, args[0])
		},
	}
	flags.Columns(cmd, detailsView())
	return cmd
}

// show shows a profile; the one in use if name is "".
func show(a *app.App, name string) error {
	file, opts, err := begin(a, detailsView())
	if err != nil {
		return err
	}
	if name == "" {
		c, err := a.Config()
		if err != nil {
			return err
		}
		name = c.Profile()
	}
	held, err := find(a, name)
	if err != nil {
		return err
	}
	profiles, err := file.List()
	if err != nil {
		return err
	}
	current := slices.ContainsFunc(profiles, func(p config.Profile) bool { return p.Name == name && p.Current })
	return render.One(a.IO, opts, detailsView(), newDetails(name, current, file.Path(), held.Values()))
}
