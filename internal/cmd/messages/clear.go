package messages

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/destroy"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/deletion"
)

type clearOptions struct {
	owner string
	act   destroy.Flags
}

func newClear(a *app.App) *cobra.Command {
	o := clearOptions{}
	cmd := &cobra.Command{
		Use:   "clear --user U",
		Short: "Delete everything that one user has",
		Long: `Delete every message and every conversation that one user has. The other sides
of those conversations keep theirs.

With a backup, the default, what is on the user's conversation list goes,
conversation by conversation: nothing is deleted that is not in the backup.
With --no-backup one call deletes everything, also what is on no list: chat
rooms, and conversations that fell off it.`,
		Example: `  roamctl messages clear --user dave --dry-run --sandbox
  roamctl messages clear --user dave --yes --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.User(cmd, &o.owner)
	o.act.Declare(cmd)
	return cmd
}

func (o *clearOptions) run(ctx context.Context, a *app.App) error {
	if err := flags.CheckUser(o.owner); err != nil {
		return err
	}
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	if err := destroy.CheckOutput(a); err != nil {
		return err
	}
	job := deletion.Job{Command: "messages clear", Owner: o.owner, All: true, Notify: true, BatchSize: settings.DeleteBatchSize}
	results, err := o.act.Run(ctx, a, destroy.Deletion{
		Jobs: []deletion.Job{job},
		Confirm: app.Confirmation{
			Lines: []string{
				fmt.Sprintf("This deletes every message and every conversation on the list of %s.", o.owner),
				fmt.Sprintf("%s loses them; nobody else loses anything.", o.owner),
			},
			Word: o.owner,
		},
	})
	return errors.Join(destroy.PrintOne(a, o.act.DryRun, results), err)
}
