// Package audit has the commands that show and verify the log of destructive
// commands, one file per verb.
package audit

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the audit command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show and check the log of destructive commands",
		Long: `Show and verify the log of destructive commands.

Each planned, started, refused or finished command, each dry run, each restore
and each removed backup adds a line to audit.ndjson in the state folder
($XDG_STATE_HOME/roamctl or its equivalent): who, when, on what, why, and the
outcome. Each line has the hash of the one before, so that changes are
detected.`,
	}
	cmd.AddCommand(newList(a), newVerify(a))
	return cmd
}
