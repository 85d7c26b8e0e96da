// Package profile has the commands for the profiles of the configuration file,
// one file per verb.
package profile

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// New is the profile command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "profile",
		Aliases: []string{"profiles"},
		Short:   "Manage profiles",
		Long: `A profile has a name, a host, an app's credentials and other settings. Commands
use the profile of --profile, else of ROAMCTL_PROFILE, else the current one.
roamctl auth login creates profiles, roamctl config set changes them.`,
	}
	cmd.AddCommand(newList(a), newUse(a), newShow(a), newRemove(a), newRename(a))
	return cmd
}

// begin checks the output options before anything is changed.
func begin[T any](a *app.App, view render.View[T]) (*config.Profiles, render.Options, error) {
	c, opts, err := app.Setup(a, view)
	if err != nil {
		return nil, opts, err
	}
	file, err := c.Profiles()
	return file, opts, err
}

// find returns the configuration with the file's values of a profile alone. A
// missing profile is a fault.NotFound.
func find(a *app.App, name string) (*config.Config, error) {
	held, err := a.ProfileInFile(name)
	if err != nil {
		return nil, err
	}
	err = held.CheckProfile()
	return held, err
}

// names requires n arguments; usage says which.
func names(n int, usage string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return fault.New(fault.Usage, "give %s", usage).WithHint("roamctl profile list shows the profiles")
		}
		return nil
	}
}

// completeFirst completes profiles as the first argument only.
func completeFirst(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return flags.CompleteNothing(cmd, args, prefix)
		}
		return flags.CompleteProfiles(a)(cmd, args, prefix)
	}
}
