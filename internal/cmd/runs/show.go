package runs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
)

type showOptions struct {
	users bool
	state run.State
}

func newShow(a *app.App) *cobra.Command {
	o := showOptions{}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show what a run did and what is left",
		Long: `Explain what a run did and what is left: what it was to do, its backup, the
calls that were sent and how they were answered, and what runs resume would do.
ID can be a unique prefix of a run's ID.

Of a run over several users it shows how many are done and who failed; --users
lists all of them, each with a job ID, such as 20261123T143012-7f3a9c-000017,
which runs show and restore accept.`,
		Example: `  roamctl runs show 20261123T143012-7f3a9c
  roamctl runs show 20261123T143012-7f3a9c -o json --jq .calls
  roamctl runs show 20261123T143012-7f3a9c --users --state failed`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRuns(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	cmd.Flags().BoolVar(&o.users, "users", false, "list the users of a run")
	flags.Choice(cmd, &o.state, "state", "list with --users only users in this `STATE`: done, failed, pending or again", run.JobStates()...)
	return cmd
}

func (o *showOptions) run(ctx context.Context, a *app.App, id string) error {
	if o.state != "" && !o.users {
		return fault.New(fault.Usage, "--state needs --users")
	}
	store, err := a.Runs()
	if err != nil {
		return err
	}
	r, seq, err := store.Find(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case o.users:
		err = listJobs(ctx, a, r, o.state)
	case seq == 0:
		err = showRun(ctx, a, r)
	default:
		err = showJob(ctx, a, r, seq)
	}
	return errors.Join(err, r.Close())
}

// printReport prints one report.
func printReport[T any](a *app.App, view render.View[T], report T, lines func(at func(time.Time) string) []string) error {
	opts, err := app.OutputFor(a, view)
	if err != nil {
		return err
	}
	at := func(t time.Time) string { return a.ShowTime(t.In(opts.Location)) }
	return app.Report(a, opts, view, report, func() {
		for _, line := range lines(at) {
			fmt.Fprintln(a.IO.Out, render.Safe(line))
		}
	})
}
