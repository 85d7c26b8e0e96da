package profile

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/render"
)

func newList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the profiles",
		Long:    `List the profiles in the order of the configuration file; * marks the current one.`,
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
	if len(profiles) == 0 {
		a.Note("there are no profiles yet: roamctl auth login makes one, and --sandbox needs none")
	}
	return l.Close("")
}
