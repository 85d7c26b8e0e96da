package runs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/render"
)

func newShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Explain what a run did and what is left of it",
		Long: `Explain what a run did and what is left of it: what it was to do, its backup,
the calls that were sent and how they were answered, and what runs resume would
do. ID can be the beginning of a run's ID.`,
		Example: `  roamctl runs show 20261123T143012-7f3a9c
  roamctl runs show 20261123T143012-7f3a9c -o json --jq .calls`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRuns(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return show(cmd.Context(), a, args[0]) },
	}
}

func show(ctx context.Context, a *app.App, id string) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if err := render.Check(a.IO, opts, storyView()); err != nil {
		return err
	}
	store, err := a.Runs()
	if err != nil {
		return err
	}
	j, err := store.Find(ctx, id)
	if err != nil {
		return err
	}
	s, damage := tell(j)
	if s.Started.IsZero() {
		return damage // it says nothing at all
	}
	at := func(t time.Time) string { return a.ShowTime(t.In(opts.Location)) }
	err = app.Report(a, opts, storyView(), s, func() {
		for _, line := range s.lines(at) {
			fmt.Fprintln(a.IO.Out, render.Safe(line))
		}
	})
	return errors.Join(damage, err)
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
