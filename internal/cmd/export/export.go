// Package export has the command that checks what messages export has written.
package export

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the export command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Check exports of histories",
		Long: `An export is a folder of files with a manifest, which messages export writes.
docs/export-format.md describes it.`,
	}
	cmd.AddCommand(newVerify(a))
	return cmd
}
