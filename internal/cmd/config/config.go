// Package config has the commands that show and change settings, one file per
// verb. They also work with a malformed configuration, to fix it.
package config

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the config command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show and change settings",
		Long: `Show and change the settings of the profile in use.

A setting comes from a flag, else from the environment (ROAMCTL_ and its name
in capitals), else from the profile in the configuration file, else from its
default. config list shows the source of each.`,
	}
	cmd.AddCommand(newList(a), newGet(a), newSet(a), newUnset(a), newPath(a))
	return cmd
}
