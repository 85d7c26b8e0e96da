package audit

import (
	"context"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/when"
)

type listOptions struct {
	since, until string
	operator     string
	owner        string
	command      string
	outcome      audit.Outcome

	from, to time.Time // zero for no bound
}

type pages = iter.Seq2[roaming.Page[audit.Entry], error]

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the destructive commands, the oldest first",
		Long: `List the destructive commands of this machine's user, the oldest first.

Times can be ` + when.Accepted + `.`,
		Example: `  roamctl audit list
  roamctl audit list --since 7d --owner alice
  roamctl audit list --outcome refused -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	f := cmd.Flags()
	f.StringVar(&o.since, "since", "", "only from this `TIME` on")
	f.StringVar(&o.until, "until", "", "only up to and including this `TIME`")
	f.StringVar(&o.operator, "user", "", "only by this `OPERATOR`: a user of the operating system")
	f.StringVar(&o.owner, "owner", "", "only on the history of this `USER`")
	f.StringVar(&o.command, "command", "", "only this `COMMAND`, such as \"messages delete\"")
	for _, name := range []string{"since", "until", "user", "owner", "command"} {
		flags.CompleteWith(cmd, name, flags.CompleteNothing)
	}
	flags.Enum(cmd, &o.outcome, "outcome", "OUTCOME", "only with this outcome: planned, started, refused, dry_run, done, partly_done, failed or interrupted",
		audit.ParseOutcome, audit.Outcomes()...)
	flags.Columns(cmd, View())
	return cmd
}

func (o *listOptions) run(ctx context.Context, a *app.App) (err error) {
	if o.from, err = a.ParseTime("--since", o.since); err != nil {
		return err
	}
	if o.to, err = a.ParseTimeEnd("--until", o.until); err != nil {
		return err
	}
	if !o.from.IsZero() && !o.to.IsZero() && o.to.Before(o.from) {
		return fault.New(fault.Usage, "--until (%s) is before --since (%s)", a.ShowTime(o.to), a.ShowTime(o.from))
	}
	listing := app.Listing[audit.Entry]{View: View()}
	return listing.Run(ctx, a, func() (pages, error) {
		log, err := a.Audit()
		if err != nil {
			return nil, err
		}
		return app.Pages(a, log.Entries(ctx), o.keeps), nil
	})
}

func (o *listOptions) keeps(e audit.Entry) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(o.operator, e.Operator) && is(o.owner, e.Owner) && is(o.command, e.Command) &&
		is(string(o.outcome), string(e.Outcome)) &&
		(o.from.IsZero() || !e.Time.Before(o.from)) && (o.to.IsZero() || !e.Time.After(o.to))
}
