package runs

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/fault"
)

type resumeOptions struct {
	yes    bool
	limits multiuser.Limits
}

func newResume(a *app.App) *cobra.Command {
	o := resumeOptions{}
	cmd := &cobra.Command{
		Use:   "resume ID",
		Short: "Resume a run that was interrupted",
		Long: `Finish a run that was interrupted, killed or only partly done. Deletions by ID
that the journal does not show as answered are sent again: new messages have other
IDs. A run that is done does nothing.

Without a backup, a deletion by time, of a conversation or of everything would
also delete what has arrived since. Such a call is not sent twice: if something is
left that it would delete, resume says so and stops (exit 10), and the command has
to be run again.

A run over several users continues with those who are pending, and then retries
those who failed. An export's files are then those that it would have written
without the interruption; a listing prints the users who were not printed yet.`,
		Example: "  roamctl runs list --state interrupted\n  roamctl runs resume 20261123T143012-7f3a9c --yes",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fault.New(fault.Usage, "give one run's ID").WithHint("see roamctl runs list")
			}
			return nil
		},
		ValidArgsFunction: completeRuns(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "continue without asking")
	o.limits.Declare(cmd)
	return cmd
}

func (o *resumeOptions) run(ctx context.Context, a *app.App, id string) error {
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	if settings.Protected && o.yes {
		return a.Protected("it forbids --yes", "confirm on a terminal")
	}
	if err := o.limits.Check(a); err != nil {
		return err
	}
	return multiuser.Resume(ctx, a, id, o.limits, o.yes)
}
