// Package apply has the command that carries out a plan.
package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	plancmd "github.com/roamctl/roamctl/internal/cmd/plan"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
)

// defaultMaxAge is how old a plan may be.
const defaultMaxAge = 24 * time.Hour

type applyOptions struct {
	act    deleting.Flags
	limits multiuser.Limits
	maxAge time.Duration
}

// New is the apply command.
func New(a *app.App) *cobra.Command {
	o := applyOptions{}
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Carry out the plan of a deletion",
		Long: `Carry out a plan that a destructive command wrote with --plan. It is refused
(exit 10) when it was changed, when it is for another App Key, when it is too
old, and when the history has moved in a way that matters: messages that it
names are gone, or it would now take more than it froze. Messages that arrived
since are not touched.

A plan that a run has applied, with nothing left of what it names, is done (exit
0). One that a run has begun is finished by runs resume.`,
		Example: `  roamctl messages delete -u alice -c bob --before 2d --plan bob.plan.json --sandbox
  roamctl apply bob.plan.json --dry-run --sandbox
  roamctl apply bob.plan.json --yes --sandbox`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fault.New(fault.Usage, "give one plan's file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	o.act.DeclareApply(cmd)
	o.limits.Declare(cmd)
	cmd.Flags().DurationVar(&o.maxAge, "max-age", defaultMaxAge, "refuse plans older than this `DURATION`; 0 for no limit")
	return cmd
}

func (o *applyOptions) run(ctx context.Context, a *app.App, path string) error {
	if err := deleting.CheckOutput(a); err != nil {
		return err
	}
	p, count, err := plan.Scan(path)
	if err != nil {
		return deleting.RefusedUnread(ctx, a, "apply", err)
	}
	if err := o.limits.Check(a, count.Users > 1); err != nil {
		return err
	}
	target, err := a.Target(ctx)
	if err != nil {
		return err
	}
	if err := plancmd.Explain(a, path); err != nil {
		return err
	}
	if done, err := alreadyApplied(ctx, a, path, p); done || err != nil {
		return err
	}
	unusable := p.CheckUse(target.AppKey, a.Now(), o.maxAge)
	if count.Users > 1 && count.Messages+count.Conversations > 0 {
		if unusable != nil {
			return deleting.RefusedUnread(ctx, a, "apply", unusable)
		}
		return multiuser.Apply(ctx, a, path, p, count.Listed, o.limits, &o.act, confirmation(count))
	}
	whole, err := plan.Read(path)
	if err != nil {
		return deleting.RefusedUnread(ctx, a, "apply", err)
	}
	d := deleting.Deletion{Reason: p.Reason, Ticket: p.Ticket, NoBackup: !p.Backup, Plan: p.Digest, Confirm: confirmation(count)}
	if len(whole.Jobs) > 0 {
		d.Job, d.Expected = whole.Jobs[0].Deletion()
	}
	if unusable != nil {
		return o.act.Refused(ctx, a, d, unusable)
	}
	if count.Messages+count.Conversations == 0 {
		a.Note("nothing to do: the plan is empty")
		return o.act.NothingToDo(ctx, a, whole)
	}
	result, err := o.act.Run(ctx, a, d)
	return errors.Join(deleting.Print(a, o.act.DryRun, result), err)
}

func confirmation(c plan.Count) app.Confirmation {
	return app.Confirmation{
		Lines: []string{fmt.Sprintf("This carries the plan out: %s. Users that it does not name lose nothing.", c)},
		Word:  fmt.Sprint(c.Messages),
	}
}
