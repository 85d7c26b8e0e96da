// Package conversations has the commands that list and delete a user's
// conversations: one file a verb.
package conversations

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the conversations command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "conversations",
		Aliases: []string{"conversation", "conv"},
		Short:   "List and delete a user's conversations",
		Long: `List and delete the conversations that the service keeps for a user.

Every user has their own list. A deletion changes only the list of that user.`,
	}
	cmd.AddCommand(newList(a), newDelete(a))
	return cmd
}
