// Package runs has the commands that list, explain and finish runs, one file a verb.
package runs

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
)

// New is the runs command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "runs",
		Aliases: []string{"run"},
		Short:   "List, show and resume runs",
		Long: `List, explain and resume runs: deletions, and commands over several users.

Each run has an ID and a file in the state folder. The file holds the request and,
for each user, the backup and every call with its result. A call is recorded before
it is sent, so a run that was killed at any time can be explained and resumed.`,
	}
	cmd.AddCommand(newList(a), newResume(a), newShow(a))
	return cmd
}

// completeRuns offers the IDs of runs.
func completeRuns(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		store, err := a.Runs()
		if err != nil || len(args) > 0 {
			return flags.CompleteNothing(cmd, nil, "")
		}
		var found []cobra.Completion
		for info, err := range store.List(cmd.Context()) {
			if err == nil {
				found = flags.Offer(found, info.ID, info.Command+" "+info.User+", "+string(info.State))
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}
