package runs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
)

type showOptions struct {
	users bool
	state ledger.State
}

func newShow(a *app.App) *cobra.Command {
	o := showOptions{}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show what a run did and what is left",
		Long: `Explain what a run did and what is left of it: what it was to do, its backup,
the calls that were sent and how they were answered, and what runs resume would
do. ID can be the beginning of a run's ID.

Of a run over many users it tells how many are done and who failed; --users lists
all of them, each with an ID of their own part, such as
20261123T143012-7f3a9c-000017, which is good for runs show and restore.`,
		Example: `  roamctl runs show 20261123T143012-7f3a9c
  roamctl runs show 20261123T143012-7f3a9c -o json --jq .calls
  roamctl runs show 20261123T143012-7f3a9c --users --state failed`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRuns(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	cmd.Flags().BoolVar(&o.users, "users", false, "list the users of a run over several")
	flags.Choice(cmd, &o.state, "state", "list with --users only users in this `STATE`: done, failed, pending or again", ledger.States()...)
	return cmd
}

func (o *showOptions) run(ctx context.Context, a *app.App, id string) error {
	if o.state != "" && !o.users {
		return fault.New(fault.Usage, "--state is about --users, which is not given")
	}
	store, err := a.Runs()
	if err != nil {
		return err
	}
	if run, seq, ok := ledger.CutPart(id); ok {
		j, err := store.Find(ctx, run)
		if err != nil {
			return err
		}
		if j.Many() {
			return showPart(ctx, a, j, id, seq)
		}
	}
	j, err := store.Find(ctx, id)
	if err != nil {
		return err
	}
	many := j.Many()
	switch {
	case o.users && !many:
		return fault.New(fault.Usage, "run %s is about one user", j.ID())
	case o.users:
		return listUsers(ctx, a, j, o.state)
	case many:
		return showMany(ctx, a, j)
	}
	s, damage := tell(j)
	if s.Started.IsZero() {
		return damage // it says nothing at all
	}
	return errors.Join(damage, printStory(a, s))
}

func printStory(a *app.App, s story) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if err := render.Check(a.IO, opts, storyView()); err != nil {
		return err
	}
	at := func(t time.Time) string { return a.ShowTime(t.In(opts.Location)) }
	return app.Report(a, opts, storyView(), s, func() {
		for _, line := range s.lines(at) {
			fmt.Fprintln(a.IO.Out, render.Safe(line))
		}
	})
}

func storyView() render.View[story] {
	columns := []render.Column[story]{}
	for _, c := range View().Columns {
		columns = append(columns, render.Column[story]{
			Name: c.Name, Header: c.Header, Default: true,
			Cell: func(s story, e render.Env) string { return c.Cell(s.Info, e) },
		})
	}
	return render.View[story]{Columns: append(columns,
		render.Text("backup", func(s story) string {
			if s.Backup == nil {
				return ""
			}
			return s.Backup.Path
		}),
		render.Text("calls", func(s story) string { return strconv.Itoa(s.Calls.Total) }),
		render.Text("accepted", func(s story) string { return strconv.Itoa(s.Calls.Accepted) }),
		render.Text("failed", func(s story) string { return strconv.Itoa(s.Calls.Failed) }),
		render.Text("unanswered", func(s story) string { return strconv.Itoa(s.Calls.Unanswered) }),
		render.Text("not_sent", func(s story) string { return strconv.Itoa(s.Calls.NotSent) }),
		render.Text("next", func(s story) string { return s.Next }),
	)}
}
