package audit

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/timeparse"
)

type listOptions struct {
	since, until string
	operator     string
	ticket, run  string
	limit        int
	entries      bool
	users        []string
	command      string
	outcome      audit.Outcome

	from, to time.Time // zero for no bound
	scope    app.Scope
}

type pages = iter.Seq2[roaming.Page[audit.Entry], error]

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List destructive commands, oldest first",
		Long: `List the destructive commands of this machine's user, the oldest first: one row
per command, with its outcome. A row with outcome "started" has no end in the
log: the command is running, or was killed. --entries shows the log's lines,
two per command.

` + app.ScopeHelp + `

Times can be ` + timeparse.Accepted + `.`,
		Example: `  roamctl audit list
  roamctl audit list --since 7d --user alice
  roamctl audit list --ticket OPS-17 --entries
  roamctl audit list --outcome refused --limit 10 -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.list(cmd.Context(), a) },
	}
	f := cmd.Flags()
	f.StringVar(&o.since, "since", "", "show only commands at or after this `TIME`")
	f.StringVar(&o.until, "until", "", "show only commands at or before this `TIME`")
	f.StringVar(&o.operator, "operator", "", "show only commands of this `OPERATOR`, a user of the operating system")
	flags.List(f, &o.users, "user", "u", "show only commands on the history of this `USER`")
	f.StringVar(&o.command, "command", "", "show only this `COMMAND`, such as \"messages delete\"")
	f.StringVar(&o.ticket, "ticket", "", "show only commands with this `TICKET`")
	f.StringVar(&o.run, "run", "", "show only commands of this `RUN` and its jobs")
	f.IntVarP(&o.limit, "limit", "n", 0, "show only the latest `N`; 0 for all")
	f.BoolVar(&o.entries, "entries", false, "show the start and the end of each command")
	flags.Choice(cmd, &o.outcome, "outcome", "show only commands with this `OUTCOME`: planned, started, refused, dry_run, done, partly_done, failed or interrupted",
		audit.Outcomes()...)
	flags.Columns(cmd, view())
	return cmd
}

func (o *listOptions) list(ctx context.Context, a *app.App) (err error) {
	if o.from, o.to, err = a.ParseRange(o.since, o.until); err != nil {
		return err
	}
	if o.limit < 0 {
		return fault.New(fault.Usage, "--limit is %d: it can't be negative", o.limit)
	}
	if o.scope, err = a.Scope(); err != nil {
		return err
	}
	listing := app.Listing[audit.Entry]{View: view()}
	selection := app.Selection[audit.Entry]{Keep: o.keeps, Limit: o.limit}
	err = listing.Run(ctx, a, func() (pages, error) {
		log, err := a.Audit()
		if err != nil {
			return nil, err
		}
		entries := log.Actions
		if o.entries {
			entries = log.Entries
		}
		return app.Pages(a, selection.Last(entries(ctx))), nil
	})
	if selection.Cut {
		a.Note("more entries exist; raise --limit to see older ones")
	}
	return err
}

func (o *listOptions) keeps(e audit.Entry) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return o.scope.Takes(e.Profile, e.AppKey) && is(o.operator, e.Operator) && (o.users == nil || slices.Contains(o.users, e.User)) && is(o.command, e.Command) &&
		is(o.ticket, e.Ticket) && (is(o.run, e.RunID) || strings.HasPrefix(e.RunID, o.run+"-")) &&
		is(string(o.outcome), string(e.Outcome)) &&
		(o.from.IsZero() || !e.Time.Before(o.from)) && (o.to.IsZero() || !e.Time.After(o.to))
}

// view says how entries of the log are shown.
func view() render.View[audit.Entry] {
	return render.View[audit.Entry]{Columns: render.Fields[audit.Entry](
		"seq,hidden", "time", "operator,drop=4", "host,hidden", "profile,hidden", "app_key,hidden", "command,hidden,flex",
		"user", "conversation,drop=1", "type,hidden", "outcome", "planned,hidden", "deleted", "restored,drop=2", "skipped,hidden",
		"failed,hidden", "not_visible,hidden", "still_visible,hidden", "unknown,hidden",
		"attachments_saved,hidden", "attachments_expired,hidden", "attachments_failed,hidden",
		"reason,flex,drop=3", "ticket,hidden", "run_id,hidden", "no_backup,hidden", "backup_digest,hidden", "coverage,hidden", "hash,hidden",
	)}
}
