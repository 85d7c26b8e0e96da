package runs

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/timeparse"
)

type listOptions struct {
	state run.State
	users []string
	since string
	limit int
}

type pages = iter.Seq2[roaming.Page[run.Info], error]

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List runs, newest first",
		Long: `List the runs of this machine's user, the latest first: deletions, and commands
over several users. A listing that succeeded leaves no run.

A run is running while a process carries it out, and interrupted when it has not
finished and no process does; runs resume finishes it.

` + app.ScopeHelp + `

Times can be ` + timeparse.Accepted + `.`,
		Example: `  roamctl runs list
  roamctl runs list --state interrupted
  roamctl runs list --since 7d --user alice -o json
  roamctl runs list --limit 1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.Choice(cmd, &o.state, "state", "list only runs in this `STATE`: running, interrupted, done, partly_done, failed or refused", run.States()...)
	flags.List(cmd.Flags(), &o.users, "user", "u", "list only runs on the history of this `USER`")
	cmd.Flags().StringVar(&o.since, "since", "", "list only runs that began at or after this `TIME`")
	cmd.Flags().IntVarP(&o.limit, "limit", "n", 0, "list only the latest `N`; 0 for all")
	flags.Columns(cmd, view())
	return cmd
}

func (o *listOptions) run(ctx context.Context, a *app.App) error {
	if o.limit < 0 {
		return fault.New(fault.Usage, "--limit is %d: it can't be negative", o.limit)
	}
	since, err := a.ParseTime("--since", o.since)
	if err != nil {
		return err
	}
	scope, err := a.Scope()
	if err != nil {
		return err
	}
	listing := app.Listing[run.Info]{View: view()}
	selection := app.Selection[run.Info]{Limit: o.limit, Keep: func(i run.Info) bool {
		return (o.state == "" || o.state == i.State) && (o.users == nil || slices.Contains(o.users, i.User)) && !i.Started.Before(since) &&
			scope.Takes(i.Profile, i.AppKey)
	}}
	old := 0
	err = listing.Run(ctx, a, func() (pages, error) {
		store, err := a.Runs()
		if err != nil {
			return nil, err
		}
		return app.Pages(a, selection.First(withoutOld(store.List(ctx), &old))), nil
	})
	if selection.Cut {
		a.Note("older runs are not shown; a larger --limit shows them")
	}
	if old > 0 {
		a.Note("not shown: %s that an earlier version of roamctl wrote", render.Count(old, "run"))
	}
	return err
}

// withoutOld leaves out the runs of an earlier version, and counts them.
func withoutOld(runs iter.Seq2[run.Info, error], old *int) iter.Seq2[run.Info, error] {
	return func(yield func(run.Info, error) bool) {
		for info, err := range runs {
			if errors.Is(err, run.ErrOldFormat) {
				*old++
				continue
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

// view has the columns of runs.
func view() render.View[run.Info] {
	v := render.View[run.Info]{Columns: render.Fields[run.Info]("id", "state", "command,flex", "user,drop=1", "conversation,drop=2",
		"type,hidden", "profile,hidden", "app_key,hidden", "operator,hidden", "started,drop=3", "updated,hidden")}
	return v.WithCell("user", userOf)
}

func userOf(i run.Info) string {
	if i.Many {
		return "(many)"
	}
	return i.User
}
