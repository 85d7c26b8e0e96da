// Package restore has the command that restores deleted messages.
package restore

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/restore"
)

type options struct {
	settings restore.Settings
	yes      bool
	reason   string
	ticket   string
}

// New is the restore command.
func New(a *app.App) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "restore {RUN-ID | BACKUP}",
		Short: "Restore deleted messages from a backup",
		Long: `Restore messages from the backup of a deletion, given by the run's ID, the
backup's name or its path. Without --yes, restore shows what it would do and
sends nothing.

restore verifies the backup first. It sends the messages through the service's
import, the oldest first, with their original times, bodies and extensions. An
import does not undo a deletion:

- Every message gets a new ID. restore-map.ndjson has the old and the new ones.
- An import is stored for everybody in the conversation. restore skips messages
  that somebody else still has, who would get them twice, unless
  --allow-duplicates is given. After a one-way deletion that is usually all.
- Within a conversation the times of imports must rise. Of several messages of
  the same millisecond only one can be restored, and none that is older than an
  earlier import.
- Chat rooms have no import. An attachment is available as long as its URL
  works. The conversation does not return to the list by itself.

The report lists messages that can't be restored, with the reasons. Run the
same command again to resume an interrupted restore; no message is restored
twice. The limit is 100 imports a second.`,
		Example: `  roamctl restore 20261123T143012-7f3a9c
  roamctl restore 20261123T143012-7f3a9c --yes
  roamctl restore ./backup.tar.zst --conversation bob --allow-duplicates --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return fault.New(fault.Usage, "give one run's ID or one backup").
					WithHint("roamctl runs list and roamctl backup list show what there is")
			}
			return nil
		},
		ValidArgsFunction: completeRuns(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	cmd.Flags().StringVarP(&o.settings.Conversation, "conversation", "c", "", "restore only this conversation: the `ID` of the peer or group")
	cmd.Flags().BoolVar(&o.settings.AllowDuplicates, "allow-duplicates", false, "restore also messages that others still have, who then see them twice")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "restore, instead of showing what would be restored")
	flags.Reason(cmd, &o.reason, &o.ticket, "the audit log")
	flags.Columns(cmd, view())
	return cmd
}

func (o *options) run(ctx context.Context, a *app.App, arg string) error {
	if err := checkOutput(a); err != nil {
		return err
	}
	store, err := a.Runs()
	if err != nil {
		return err
	}
	dir, err := a.BackupDir()
	if err != nil {
		return err
	}
	if o.settings.Source, err = restore.Find(ctx, store, dir, arg); err != nil {
		return err
	}
	r, err := newRestorer(ctx, a)
	if err != nil {
		return err
	}
	if o.yes {
		return o.restore(ctx, a, r)
	}
	if err := a.Explain(ctx, app.Confirmation{}); err != nil {
		return err
	}
	report, err := r.Preview(ctx, o.settings)
	if err != nil {
		return err
	}
	return show(a, report)
}

func newRestorer(ctx context.Context, a *app.App) (*restore.Restorer, error) {
	state, err := a.StateDir()
	if err != nil {
		return nil, err
	}
	target, err := a.Target(ctx)
	if err != nil {
		return nil, err
	}
	client, err := a.Client(ctx)
	if err != nil {
		return nil, err
	}
	return &restore.Restorer{
		Service: client, AppKey: target.AppKey, Dir: filepath.Join(state, "restores"),
		OnProgress: func(p restore.Progress) {
			const noteEvery = 1000
			if p.Done%noteEvery == 0 {
				a.Note("restored %d of %d messages", p.Done, p.Of)
			}
		},
	}, nil
}

// restore runs with the user locked, and logs its start and its end.
func (o *options) restore(ctx context.Context, a *app.App, r *restore.Restorer) (err error) {
	entry, err := o.entry(r)
	if err != nil {
		return err
	}
	if err := o.permitted(ctx, a, entry.User); err != nil {
		return errors.Join(err, refusedEntry(ctx, a, entry, err))
	}
	store, err := a.Runs()
	if err != nil {
		return err
	}
	unlock, err := store.Lock(r.AppKey+"/"+entry.User, "")
	if err != nil {
		return errors.Join(err, refusedEntry(ctx, a, entry, err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	r.Lock = func(user string) (func() error, error) { return store.Lock(r.AppKey+"/"+user, "") }
	entry.Outcome = audit.Started
	if err := deleting.AppendAudit(ctx, a, entry); err != nil {
		return err
	}
	report, err := r.Run(ctx, o.settings)
	if err == nil {
		err = report.Err()
	}
	// The outcome belongs in the log even after an interrupt.
	logged := deleting.AppendAudit(context.WithoutCancel(ctx), a, finished(entry, report, err))
	if report.Digest == "" {
		return errors.Join(err, logged)
	}
	return errors.Join(show(a, report), err, logged)
}

// permitted checks what the profile requires of irreversible commands.
func (o *options) permitted(ctx context.Context, a *app.App, user string) error {
	s, err := a.Settings()
	if err != nil {
		return err
	}
	if s.RequireReason && o.reason == "" {
		return fault.New(fault.Safety, "profile %s requires --reason", s.Profile).WithHint("state the reason for the restore with --reason")
	}
	if !s.Protected {
		return nil
	}
	return a.Confirm(ctx, app.Confirmation{
		Lines: []string{"This restores messages of " + user + ", for everybody in the conversation."},
		Word:  user,
	})
}
