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
		Long: `Store the credentials of an app in a profile, check them, and get tokens for
other programs.

The vendor's console shows the App Key, client ID and client secret of an app.
roamctl asks for a secret, or reads it from a file, standard input or the
environment. It never takes one as a flag's value.`,
	}
	cmd.AddCommand(newLogin(a), newStatus(a), newLogout(a), newToken(a))
	return cmd
}
