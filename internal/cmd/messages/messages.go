// Package messages has the commands that read and delete the messages of a
// conversation: one file a verb.
package messages

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the messages command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "messages",
		Aliases: []string{"message", "msg"},
		Short:   "Read and delete a user's messages",
		Long: `Read and delete the messages that the service keeps for a user.

Every user has their own view of a conversation. A deletion changes only the view
of that user.`,
	}
	cmd.AddCommand(newFetch(a), newExport(a), newDelete(a), newClear(a))
	return cmd
}
