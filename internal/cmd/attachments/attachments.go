// Package attachments has the command that saves the files of messages.
package attachments

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the attachments command.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attachments",
		Short: "Save pictures, recordings and files of messages",
	}
	cmd.AddCommand(newFetch(a))
	return cmd
}
