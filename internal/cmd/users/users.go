// Package users has the commands that list users and count their history: one file
// for each verb.
package users

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the users command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "users",
		Aliases: []string{"user"},
		Short:   "List the app's users, count and explain their history",
		Long: `List the users of the app, count the history that the service keeps for one, and
explain why a user sees what they see.`,
	}
	cmd.AddCommand(newList(a), newInspect(a), newExplain(a))
	return cmd
}
