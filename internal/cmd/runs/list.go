package runs

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/runs"
	"github.com/roamctl/roamctl/internal/timeparse"
)

type listOptions struct {
	state runs.State
	user  string
	since string
	limit int
}

type pages = iter.Seq2[roaming.Page[runs.Info], error]

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List runs, newest first",
		Long: `List the runs of this machine's user, the latest first: deletions, and whatever
was done for many users. A listing that came to a good end leaves none.

A run is running while a process carries it out, and interrupted when it was
not finished and none does; runs resume finishes it.

` + app.ScopeHelp + `

Times can be ` + timeparse.Accepted + `.`,
		Example: `  roamctl runs list
  roamctl runs list --state interrupted
  roamctl runs list --since 7d --user alice -o json
  roamctl runs list --limit 1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.Choice(cmd, &o.state, "state", "list only runs in this `STATE`: running, interrupted, done, partly_done, failed or refused", runs.States()...)
	cmd.Flags().StringVar(&o.user, "user", "", "list only runs on the history of this `USER`")
	cmd.Flags().StringVar(&o.since, "since", "", "list only runs that began at or after this `TIME`")
	cmd.Flags().IntVarP(&o.limit, "limit", "n", 0, "list only the latest `N`; 0 for all")
	flags.Columns(cmd, View())
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
	listing := app.Listing[runs.Info]{View: View()}
	selection := app.Selection[runs.Info]{Limit: o.limit, Keep: func(i runs.Info) bool {
		return (o.state == "" || o.state == i.State) && (o.user == "" || o.user == i.User) && !i.Started.Before(since) &&
			scope.Takes(i.Profile, i.AppKey)
	}}
	err = listing.Run(ctx, a, func() (pages, error) {
		store, err := a.Runs()
		if err != nil {
			return nil, err
		}
		return app.Pages(a, selection.First(store.List(ctx))), nil
	})
	if selection.Cut {
		a.Note("older ones were left out: a larger --limit shows them")
	}
	return err
}

// View is how runs are listed.
func View() render.View[runs.Info] {
	text := func(name string, shown bool, cell func(runs.Info) string) render.Column[runs.Info] {
		return render.Column[runs.Info]{Name: name, Default: shown, Cell: func(i runs.Info, _ render.Env) string { return cell(i) }}
	}
	at := func(name string, shown bool, cell func(runs.Info) roaming.Time) render.Column[runs.Info] {
		return render.Column[runs.Info]{Name: name, Default: shown, Cell: func(i runs.Info, e render.Env) string { return e.Time(cell(i).Time) }}
	}
	command := text("command", true, func(i runs.Info) string { return i.Command })
	command.Flex = true
	return render.View[runs.Info]{Columns: []render.Column[runs.Info]{
		text("id", true, func(i runs.Info) string { return i.ID }),
		text("state", true, func(i runs.Info) string { return string(i.State) }),
		command,
		text("user", true, func(i runs.Info) string {
			if i.Many {
				return "(many)"
			}
			return i.User
		}).WithSpare(1),
		text("conversation", true, func(i runs.Info) string { return i.Conversation }).WithSpare(2),
		text("type", false, func(i runs.Info) string { return string(i.Type) }),
		text("profile", false, func(i runs.Info) string { return i.Profile }),
		text("app_key", false, func(i runs.Info) string { return i.AppKey }),
		text("operator", false, func(i runs.Info) string { return i.Operator }),
		at("started", true, func(i runs.Info) roaming.Time { return i.Started }).WithSpare(3),
		at("updated", false, func(i runs.Info) roaming.Time { return i.Updated }),
	}}
}
