package archive

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/fault"
)

// syncSource is where sync reads from.
type syncSource string

const (
	fromHistoryFiles syncSource = "history-files"
	fromRoaming      syncSource = "roaming"
)

type syncOptions struct {
	source       syncSource
	since, until string
	recheck      bool
	users        flags.Users
	attachments  multiuser.Attachments
	limits       multiuser.Limits
}

func newSync(a *app.App) *cobra.Command {
	o := syncOptions{}
	cmd := &cobra.Command{
		Use:   "sync --source {history-files | roaming {--user USER | --users-file FILE | --all-users}}",
		Short: "Add what is new in the service to an archive",
		Long: `Add to an archive what the service has and the archive does not. Run it from cron:
it only asks for what is missing, prints nothing when there is nothing new, and exits
with 8 when something is missing; hours that are not final yet do not count. An interrupted sync continues when it is run again.
The archive is created if there is none, and one sync at a time works on it.

--source history-files reads the files in which the service keeps what the whole app
sent, one for each hour: 24 calls a day, at most 10 a minute, and each hour again
until it is final. Deletions do not change these files; they have no recalls and no
edits.

  - The service keeps an hour for three days. Older ones are requested only if
    --since names them. Hours that expired before they were fetched are reported once.
  - A file is complete up to 24 hours after its hour. Until then sync fetches it
    again, at most every 6 hours.
  - Hours are named in Beijing time on clusters in China and in UTC abroad. sync knows
    the vendor's data centres; for another host set history_files_zone, else exit 3.
    If the messages of an hour are 8 hours off, the setting is wrong: exit 3.

--source roaming reads what each user sees: the user's conversation list, and the
new messages of each conversation. A conversation whose latest message is known
costs no call. It does not notice that an older message is gone or has changed;
--recheck reads again what was read before and does. The archive keeps the earlier
form of a message that got an edit, a reaction or a thread. A message that the plan no
longer keeps has expired, and is not gone. A list holds 100 conversations, 500 on the Flagship plan, and no chat
rooms: sync reads those that are on it.

The two sources complete each other: the files have everything that was sent, and
users' histories have edits, and who sees what.

--with-attachments also fetches the files of messages, which the service keeps for 7
days, into the folder ARCHIVE.files, each once under its SHA-256. For a database that
folder is in the data folder of this machine. First come the files that earlier syncs
did not fetch, those that expire next before others, then the messages, then their
files. Failed ones are requested again by each sync. Their URLs come from the senders
of messages: only public hosts are asked, or the service's own if that is private.
Exit code 8 if files are missing; roamctl archive gaps --attachments lists them.`,
		Example: `  roamctl archive sync --source history-files --sandbox
  roamctl archive sync --source history-files --since 2d --until 1d --sandbox
  roamctl archive sync --source roaming --user alice --sandbox
  roamctl archive sync --source roaming --all-users --recheck --since 7d --sandbox
  roamctl archive sync --source roaming --user bob --with-attachments --archive ./bob.db --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	f := cmd.Flags()
	flags.Choice(cmd, &o.source, "source", "read from this `SOURCE`: history-files or roaming (required)", fromHistoryFiles, fromRoaming)
	f.StringVar(&o.since, "since", "", "fetch hours from this `TIME` on (2026-11-20, 3d, ...), also those that may have expired; with --recheck, messages")
	f.StringVar(&o.until, "until", "", "fetch hours up to this `TIME`; a day includes all of it")
	f.BoolVar(&o.recheck, "recheck", false, "read again what was read before, and note what users no longer see")
	o.users.Declare(cmd)
	o.attachments.Declare(cmd)
	o.limits.Declare(cmd)
	flags.Archive(cmd)
	return cmd
}

func (o *syncOptions) run(ctx context.Context, a *app.App) error {
	if err := o.attachments.Check(a); err != nil {
		return err
	}
	switch o.source {
	case fromHistoryFiles:
		if err := o.refuse(a, "source", "since", "until", "archive"); err != nil {
			return err
		}
		return o.syncHours(ctx, a)
	case fromRoaming:
		return o.syncUsers(ctx, a)
	}
	return fault.New(fault.Usage, "--source is required: history-files or roaming")
}

// refuse refuses the command's own flags but the named ones.
func (o *syncOptions) refuse(a *app.App, known ...string) error {
	for _, name := range []string{
		"recheck", "until", "since", "user", "users-file", "users-column", "skip-invalid", "all-users", "retry-failed",
		"max-calls", "max-duration", "progress", "progress-interval",
	} {
		if f := a.Flags.Lookup(name); f.Changed && !slices.Contains(known, name) {
			return fault.New(fault.Usage, "--%s does not apply to --source %s", name, o.source)
		}
	}
	return nil
}

// syncUsers syncs what users' histories show.
func (o *syncOptions) syncUsers(ctx context.Context, a *app.App) error {
	if o.until != "" {
		return fault.New(fault.Usage, "--until does not apply to --source roaming")
	}
	if o.since != "" && !o.recheck {
		return fault.New(fault.Usage, "--since needs --recheck: a sync reads all that is new")
	}
	if err := o.users.Check(); err != nil {
		return err
	}
	if err := o.limits.Check(a); err != nil {
		return err
	}
	s := &multiuser.Sync{Recheck: o.recheck, Attachments: o.attachments}
	var err error
	if s.Since, err = a.ParseTime("--since", o.since); err != nil {
		return err
	}
	if s.Archive, err = a.ArchivePlace(); err != nil {
		return err
	}
	return multiuser.Run(ctx, a, o.users, o.limits, multiuser.Intent{Command: "archive sync", Sync: s})
}
