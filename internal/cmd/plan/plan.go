// Package plan has the commands that show and check the plans of deletions.
package plan

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the plan command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show and check plans of deletions",
		Long: `A plan says what a deletion would do, to the last message. Every destructive
command writes one with --plan FILE instead of acting; it is meant to be
reviewed, for instance in a pull request, and carried out by "roamctl apply".`,
	}
	cmd.AddCommand(newShow(a), newVerify(a))
	return cmd
}
