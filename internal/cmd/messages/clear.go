package messages

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
)

type clearOptions struct {
	owner string
	act   flags.Destructive
}

func newClear(a *app.App) *cobra.Command {
	o := clearOptions{}
	cmd := &cobra.Command{
		Use:   "clear --user U",
		Short: "Delete everything that one user has",
		Long: `Delete every roaming message and every conversation of one user, in one call.
The other sides of those conversations keep theirs.`,
		Example: `  roamctl messages clear --user dave --dry-run --sandbox
  roamctl messages clear --user dave --yes --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.User(cmd, &o.owner)
	flags.Confirm(cmd, &o.act)
	return cmd
}

// cleared is what a clear did.
type cleared struct {
	Owner    string          `json:"owner"`
	DryRun   bool            `json:"dry_run"`
	Status   deletion.Status `json:"status"`
	Requests []app.Request   `json:"requests,omitempty"`
}

func (o *clearOptions) run(ctx context.Context, a *app.App) error {
	if err := flags.CheckUser(o.owner); err != nil {
		return err
	}
	svc, requests, err := o.act.Begin(ctx, a, app.Confirmation{
		Lines: []string{
			fmt.Sprintf("This deletes every roaming message and every conversation of %s.", o.owner),
			fmt.Sprintf("%s loses them for good; nobody else loses anything.", o.owner),
		},
		Word: o.owner,
	})
	if err != nil {
		return err
	}
	if err := svc.DeleteEverything(ctx, o.owner); err != nil {
		return err
	}
	done := cleared{Owner: o.owner, DryRun: o.act.DryRun, Status: deletion.Accepted, Requests: requests()}
	if done.DryRun {
		done.Status = deletion.Planned
	}
	return a.PrintReport(
		func(opts render.Options) error { return render.One(a.IO, opts, clearedView(), done) },
		func() {
			if done.DryRun {
				a.PrintRequests(done.Requests)
				return
			}
			a.Note("deleted every roaming message and conversation of %s", o.owner)
		})
}

func clearedView() render.View[cleared] {
	text := func(name string, cell func(cleared) string) render.Column[cleared] {
		return render.Column[cleared]{Name: name, Default: true, Cell: func(c cleared, _ render.Env) string { return cell(c) }}
	}
	return render.View[cleared]{Columns: []render.Column[cleared]{
		text("owner", func(c cleared) string { return c.Owner }),
		text("dry_run", func(c cleared) string { return fmt.Sprint(c.DryRun) }),
		text("status", func(c cleared) string { return string(c.Status) }),
	}}
}
