// Package backup has the commands for the backups of deletions, one file per
// verb. They work offline.
package backup

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
)

// New is the backup command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "backup",
		Aliases: []string{"backups"},
		Short:   "Manage the backups of deletions",
		Long: `List, show, verify, pack and remove the backups that deletions make. All
commands work offline, on the folder of backups or on any path.`,
	}
	cmd.AddCommand(newList(a), newShow(a), newVerify(a), newPack(a), newPrune(a))
	return cmd
}

// dirFlag declares the flag of the backup_dir setting.
func dirFlag(cmd *cobra.Command) {
	cmd.Flags().String("backup-dir", "", "use the backups in `DIR` (default: the profile's backup_dir)")
}

// scope returns a filter for the backups of the application on the command line.
func scope(a *app.App) (func(backup.Manifest) bool, error) {
	s, err := a.Scope()
	return func(m backup.Manifest) bool {
		profile := ""
		if m.Host == app.SandboxHost {
			profile = "sandbox"
		}
		return s.Takes(profile, m.AppKey)
	}, err
}

// find returns the path of a backup given by path or name.
func find(a *app.App, pathOrName string) (string, error) {
	dir, err := a.BackupDir()
	if err != nil {
		return "", err
	}
	return backup.Find(dir, pathOrName)
}

// oneBackup requires one argument.
func oneBackup(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fault.New(fault.Usage, "%s takes one backup: a path, or a name that roamctl backup list shows", cmd.CommandPath())
}

// completeNames completes the names of backups.
func completeNames(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		a.Flags, a.Quiet = cmd.Flags(), true
		dir, err := a.BackupDir()
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		entries, err := backup.List(dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var found []cobra.Completion
		for _, e := range entries {
			if strings.HasPrefix(e.Name, prefix) && !slices.Contains(args, e.Name) {
				found = flags.Offer(found, e.Name, "")
			}
		}
		return found, cobra.ShellCompDirectiveDefault
	}
}
