package backup

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/render"
)

func newList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the backups, the oldest first",
		Long: `List the backups in the folder of backups, the oldest first. Only their
manifests are read: roamctl backup verify tells whether the rest is whole.

` + app.ScopeHelp + `

What an interrupted run left behind is no backup and is not listed; roamctl
backup prune removes it.`,
		Example: `  roamctl backup list
  roamctl backup list --backup-dir /var/backups/roamctl -o json --jq '.items[].name'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return list(a) },
	}
	dirFlag(cmd)
	flags.Columns(cmd, listView())
	return cmd
}

func list(a *app.App) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	l, err := render.NewList(a.IO, opts, listView())
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
	entries = slices.DeleteFunc(entries, func(e backup.Entry) bool { return e.Problem == nil && !whose(e.Manifest) })
	if len(entries) == 0 {
		a.Note("there are no backups in %s", dir)
	}
	return printRows(l, entries)
}
