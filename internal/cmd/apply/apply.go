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
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/run"
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
		Long: `Carry out a plan that a destructive command wrote with --plan. apply refuses
(exit 10) a plan that was changed, is for another App Key or is too old. It also
refuses when messages of the plan no longer exist, or when it would now delete more
than the plan lists. Messages that arrived since the plan stay.

A plan that was fully applied exits 0 without doing anything. Use runs resume to
finish an interrupted one.`,
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
	if err := errors.Join(deleting.CheckOutput(a), o.limits.Check(a)); err != nil {
		return err
	}
	p, err := multiuser.ReadPlan(path)
	if err != nil {
		return deleting.PlanRefused(ctx, a, err)
	}
	target, err := a.Target(ctx)
	if err != nil {
		return err
	}
	if err := plancmd.Explain(a, path); err != nil {
		return err
	}
	if done, err := alreadyApplied(ctx, a, path, p.Plan); done || err != nil {
		return err
	}
	o.act.SetPlan(p.Plan)
	if err := p.CheckUse(target.AppKey, a.Now(), o.maxAge); err != nil {
		return o.act.Refused(ctx, a, p.Job, err)
	}
	if p.Count.Messages+p.Count.Conversations == 0 {
		a.Note("nothing to do: the plan is empty")
		return o.act.NothingToDo(ctx, a, path, p.Plan)
	}
	return multiuser.Apply(ctx, a, p, multiuser.Request{Limits: o.limits, Flags: &o.act, Confirm: confirmation(p.Count)})
}

func confirmation(c plan.Count) app.Confirmation {
	if c.Recalls {
		return app.Confirmation{
			Lines: []string{fmt.Sprintf("This carries the plan out: it recalls messages, and EVERYONE in the conversations loses them. %s.", c)},
			Word:  fmt.Sprint(c.Messages),
		}
	}
	return app.Confirmation{
		Lines: []string{fmt.Sprintf("This carries the plan out: %s. Users that it does not name lose nothing.", c)},
		Word:  fmt.Sprint(c.Messages),
	}
}

// alreadyApplied reports whether a run has applied the plan and nothing is left of
// what it names. A plan that a run has begun to apply, or of which something is
// there again, is a fault.Safety that names the run.
func alreadyApplied(ctx context.Context, a *app.App, path string, p plan.Plan) (bool, error) {
	last, err := lastRun(ctx, a, p)
	if err != nil || last.ID == "" {
		return false, err
	}
	if last.State == run.Failed { // no request was accepted
		a.Warn("run %s tried to apply this plan before: roamctl runs show %s", last.ID, last.ID)
		return false, nil
	}
	if last.State != run.Done {
		err := fault.New(fault.Safety, "run %s already started to apply the plan; its state is %s", last.ID, last.State).
			WithHint("finish it with roamctl runs resume %s, or make a new plan", last.ID)
		return false, deleting.PlanRefused(ctx, a, err)
	}
	gone, err := allGone(ctx, a, path)
	if err != nil {
		return false, err
	}
	if !gone {
		err := fault.New(fault.Safety, "run %s applied the plan, but messages or conversations of the plan exist again", last.ID).
			WithHint("make a new plan and have it reviewed")
		return false, deleting.PlanRefused(ctx, a, err)
	}
	a.Note("already applied by run %s: nothing to do", last.ID)
	return true, deleting.AlreadyApplied(ctx, a, last.ID)
}

// lastRun returns the latest run of a plan that was not refused; one without an ID
// for none. It skips runs that can't be read.
func lastRun(ctx context.Context, a *app.App, p plan.Plan) (run.Info, error) {
	store, err := a.Runs()
	if err != nil {
		return run.Info{}, err
	}
	for info, err := range store.List(ctx) {
		switch {
		case ctx.Err() != nil:
			return run.Info{}, err
		case err == nil && info.Plan == p.Digest && info.AppKey == p.AppKey && info.State != run.Refused:
			return info, nil
		}
	}
	return run.Info{}, nil
}

// allGone reports whether nothing is left of what the plan deletes.
func allGone(ctx context.Context, a *app.App, path string) (bool, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return false, err
	}
	errLeft := errors.New("something is left")
	_, err = plan.Each(path, func(j plan.Job) error {
		job, _ := j.Deletion()
		switch gone, err := deletion.Gone(ctx, svc, job); {
		case err != nil:
			return err
		case !gone:
			return errLeft
		}
		return nil
	})
	if errors.Is(err, errLeft) {
		return false, nil
	}
	return err == nil, err
}
