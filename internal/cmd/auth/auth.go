// Package auth has the commands for credentials and tokens: one file a verb.
package auth

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the auth command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "auth",
		Short: "Manage credentials and tokens of the service",
		Long: `Keep the credentials of an app in a profile, see whether the service accepts
them, and get tokens for other programs.

The client ID and the client secret of an app, and its App Key, are in the
vendor's console. A secret is never a flag's value: it is asked for, or read
from a file, from standard input or from the environment.`,
	}
	cmd.AddCommand(newLogin(a), newStatus(a), newLogout(a), newToken(a))
	return cmd
}
