package backup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
)

type pruneOptions struct {
	olderThan string
	dryRun    bool
	yes       bool
	whose     func(backup.Manifest) bool // nil for all
}

func newPrune(a *app.App) *cobra.Command {
	o := pruneOptions{}
	cmd := &cobra.Command{
		Use:   "prune --older-than AGE",
		Short: "Remove old backups",
		Long: `Remove backups that are older than AGE, packed ones too, and leftovers of
interrupted runs: leftovers unchanged for AGE, and at least a day. The output lists
the removed backups.

` + app.ScopeHelp + `
With one of these flags, prune keeps leftovers of interrupted runs.

prune keeps a backup with a damaged manifest, because its age is unknown. It
also keeps folders with files that roamctl did not write, and leftovers that it
can't prove to be its own. Messages of a removed backup can't be restored. The
audit log records each removal.`,
		Example: `  roamctl backup prune --older-than 90d --dry-run
  roamctl backup prune --older-than 90d --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	dirFlag(cmd)
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would be removed, and remove nothing")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "remove without asking")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
	cmd.Flags().StringVar(&o.olderThan, "older-than", "", "remove backups older than this `AGE` (90d, 12w) or time")
	flags.Columns(cmd, listView())
	return cmd
}

func (o *pruneOptions) run(ctx context.Context, a *app.App) error {
	if o.olderThan == "" {
		return fault.New(fault.Usage, "--older-than is missing").WithHint("for example --older-than 90d")
	}
	boundary, err := a.ParseTime("--older-than", o.olderThan)
	if err != nil {
		return err
	}
	list, err := app.NewList(a, listView())
	if err != nil {
		return err
	}
	dir, err := a.BackupDir()
	if err != nil {
		return err
	}
	if s, err := a.Scope(); err != nil {
		return err
	} else if !s.All() {
		if o.whose, err = scope(a); err != nil {
			return err
		}
	}
	now := a.Now()
	would, err := backup.Prune(dir, now.Sub(boundary), now, true, o.whose)
	if err != nil {
		return err
	}
	for _, e := range would.Kept {
		a.Warn("skipped %s: %v; remove it by hand if nobody needs it", e.Path, e.Problem)
	}
	old := would.Removed
	if len(old) > 0 && !o.dryRun {
		if old, err = o.prune(ctx, a, dir, now.Sub(boundary), now, len(old)); err != nil && len(old) == 0 {
			return err
		}
	}
	if len(old) == 0 {
		a.Note("nothing in %s is older than %s", dir, a.ShowTime(boundary))
	}
	return errors.Join(err, printRows(list, old))
}

// prune removes after a confirmation.
func (o *pruneOptions) prune(ctx context.Context, a *app.App, dir string, age time.Duration, now time.Time, n int) ([]backup.Entry, error) {
	err := a.Confirm(ctx, app.Confirmation{
		Lines: []string{fmt.Sprintf("This removes %d of the backups in %s. Their messages can't be restored afterwards.", n, dir)},
		Word:  "prune",
		Yes:   o.yes,
		Local: true,
	})
	if err != nil {
		return nil, err
	}
	pruned, err := backup.Prune(dir, age, now, false, o.whose)
	return pruned.Removed, errors.Join(err, logPruned(ctx, a, pruned.Removed))
}

// logPruned writes an audit entry for each removed backup, because its messages
// can't be restored any more.
func logPruned(ctx context.Context, a *app.App, removed []backup.Entry) error {
	log, err := a.Audit()
	if err != nil {
		return err
	}
	for _, b := range removed {
		if b.Partial {
			continue
		}
		m := b.Manifest
		e := audit.Entry{
			Command: "backup prune", AppKey: m.AppKey, User: m.User, RunID: m.Scope.RunID, BackupDigest: m.Digest, Outcome: audit.Done,
			Counts: audit.Counts{Planned: m.Messages},
		}
		e.Operator, e.Host = a.Operator()
		if _, err := log.Append(context.WithoutCancel(ctx), e); err != nil {
			return err
		}
	}
	return nil
}
