package messages

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/bulk"
	"github.com/roamctl/roamctl/internal/cmd/destroy"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/deletion"
)

type clearOptions struct {
	users  flags.Users
	limits bulk.Limits
	act    destroy.Flags
}

func newClear(a *app.App) *cobra.Command {
	o := clearOptions{}
	cmd := &cobra.Command{
		Use:   "clear {--user U | --users-file FILE | --all-users}",
		Short: "Delete everything that one user has, or each of many",
		Long: `Delete every message and every conversation that one user has. The other sides
of those conversations keep theirs.

With a backup, the default, what is on the user's conversation list goes,
conversation by conversation: nothing is deleted that is not in the backup.
With --no-backup one call deletes everything, also what is on no list: chat
rooms, and conversations that fell off it.

Of several users, one's failure does not stop the others. What was interrupted
goes on with runs resume.`,
		Example: `  roamctl messages clear --user dave --dry-run --sandbox
  roamctl messages clear --user dave --yes --sandbox
  roamctl messages clear --users-file leavers.csv --column user_id --dry-run --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	o.users.Declare(cmd)
	o.limits.Declare(cmd)
	o.act.Declare(cmd)
	return cmd
}

func (o *clearOptions) run(ctx context.Context, a *app.App) error {
	if err := o.users.Check(); err != nil {
		return err
	}
	if err := o.limits.Check(a, o.users.Several()); err != nil {
		return err
	}
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	if err := destroy.CheckOutput(a); err != nil {
		return err
	}
	owner := o.users.One()
	job := deletion.Job{Command: "messages clear", Owner: owner, All: true, Notify: true, BatchSize: settings.DeleteBatchSize}
	if o.users.Several() {
		return bulk.Destroy(ctx, a, o.users, o.limits, &o.act, job, []string{
			"Every message and every conversation on the user's list is deleted.",
			"The users lose them; nobody else loses anything.",
		})
	}
	result, err := o.act.Run(ctx, a, destroy.Deletion{
		Job: job,
		Confirm: app.Confirmation{
			Lines: []string{
				fmt.Sprintf("This deletes every message and every conversation on the list of %s.", owner),
				fmt.Sprintf("%s loses them; nobody else loses anything.", owner),
			},
			Word: owner,
		},
	})
	return errors.Join(destroy.Print(a, o.act.DryRun, result), err)
}
