package backup

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
)

type listOptions struct {
	users []string
}

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List backups, oldest first",
		Long: `List the backups in the folder of backups, the oldest first. The list reads
their manifests only; roamctl backup verify checks all files.

` + app.ScopeHelp + `

It does not include leftovers of interrupted runs, which roamctl backup prune
removes.`,
		Example: `  roamctl backup list
  roamctl backup list --user alice
  roamctl backup list --backup-dir /var/backups/roamctl -o json --jq '.items[].name'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return o.list(a) },
	}
	dirFlag(cmd)
	flags.List(cmd.Flags(), &o.users, "user", "u", "list only backups of this `USER`'s history")
	flags.Columns(cmd, listView())
	return cmd
}

func (o *listOptions) list(a *app.App) error {
	l, err := app.NewList(a, listView())
	if err != nil {
		return err
	}
	dir, err := a.BackupDir()
	if err != nil {
		return err
	}
	whose, err := scope(a)
	if err != nil {
		return err
	}
	entries, err := backup.List(dir)
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(entries, func(e backup.Entry) bool {
		return e.Problem == nil && (!whose(e.Manifest) || o.users != nil && !slices.Contains(o.users, e.Manifest.User))
	})
	switch {
	case len(found) > 0:
	case o.users == nil:
		a.Note("no backups in %s", dir)
	default:
		a.Note("no backups of %s in %s", strings.Join(o.users, ", "), dir)
	}
	return printRows(l, found)
}
