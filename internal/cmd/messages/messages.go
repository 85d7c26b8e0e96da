// Package messages has the commands that read, delete and recall the messages of a
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
		Short:   "Read, delete and recall a user's messages",
		Long: `Read, delete and recall the messages that the service keeps for a user.

Every user has their own view of a conversation. delete and clear change only the
view of that user. recall takes messages from everyone.`,
	}
	cmd.AddCommand(newFetch(a), newExport(a), newDelete(a), newClear(a), newRecall(a))
	return cmd
}
