package runs

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/runs"
)

type listOptions struct {
	state runs.State
	owner string
}

type pages = iter.Seq2[roaming.Page[runs.Info], error]

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List runs, the latest first",
		Long: `List the runs of this machine's user, the latest first: deletions, and whatever
was done for many users. A listing that came to a good end leaves none.

A run is running while a process carries it out, and interrupted when it was
not finished and none does; runs resume finishes it.`,
		Example: `  roamctl runs list
  roamctl runs list --state interrupted
  roamctl runs list --owner alice -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.Enum(cmd, &o.state, "state", "STATE", "only in this state: running, interrupted, done, partly_done, failed or refused",
		runs.ParseState, runs.States()...)
	cmd.Flags().StringVar(&o.owner, "owner", "", "only on the history of this `USER`")
	flags.CompleteWith(cmd, "owner", flags.CompleteNothing)
	flags.Columns(cmd, View())
	return cmd
}

func (o *listOptions) run(ctx context.Context, a *app.App) error {
	listing := app.Listing[runs.Info]{View: View()}
	return listing.Run(ctx, a, func() (pages, error) {
		store, err := a.Runs()
		if err != nil {
			return nil, err
		}
		return app.Pages(a, store.List(ctx), func(i runs.Info) bool {
			return (o.state == "" || o.state == i.State) && (o.owner == "" || o.owner == i.Owner)
		}), nil
	})
}

// View is how runs are listed.
func View() render.View[runs.Info] {
	text := func(name string, shown bool, cell func(runs.Info) string) render.Column[runs.Info] {
		return render.Column[runs.Info]{Name: name, Default: shown, Cell: func(i runs.Info, _ render.Env) string { return cell(i) }}
	}
	at := func(name string, shown bool, cell func(runs.Info) roaming.Time) render.Column[runs.Info] {
		return render.Column[runs.Info]{Name: name, Default: shown, Cell: func(i runs.Info, e render.Env) string { return e.Time(cell(i).Time) }}
	}
	return render.View[runs.Info]{Columns: []render.Column[runs.Info]{
		text("id", true, func(i runs.Info) string { return i.ID }),
		text("state", true, func(i runs.Info) string { return string(i.State) }),
		text("command", true, func(i runs.Info) string { return i.Command }),
		text("owner", true, func(i runs.Info) string {
			if i.Many {
				return "(many)"
			}
			return i.Owner
		}),
		text("conversation", true, func(i runs.Info) string { return i.Conversation }),
		text("type", false, func(i runs.Info) string { return string(i.Type) }),
		text("profile", false, func(i runs.Info) string { return i.Profile }),
		text("app_key", false, func(i runs.Info) string { return i.AppKey }),
		text("operator", false, func(i runs.Info) string { return i.Operator }),
		at("started", true, func(i runs.Info) roaming.Time { return i.Started }),
		at("updated", false, func(i runs.Info) roaming.Time { return i.Updated }),
	}}
}
