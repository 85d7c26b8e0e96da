package apply

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/runs"
)

// alreadyApplied tells whether a run has carried the plan out and nothing is left
// of what it names. A plan that a run has begun, or of which something is there
// again, is a fault.Safety that names the run.
func alreadyApplied(ctx context.Context, a *app.App, path string, p plan.Plan) (bool, error) {
	run, err := lastRun(ctx, a, p)
	if err != nil || run.ID == "" {
		return false, err
	}
	if run.State == runs.Failed { // nothing that it sent was accepted
		a.Warn("run %s tried to apply this plan before: roamctl runs show %s", run.ID, run.ID)
		return false, nil
	}
	if run.State != runs.Done {
		err := fault.New(fault.Safety, "run %s has begun to apply the plan: it is %s", run.ID, run.State).
			WithHint("finish it with roamctl runs resume %s, or make a new plan", run.ID)
		return false, deleting.RefusedUnread(ctx, a, "apply", err)
	}
	gone, err := gone(ctx, a, path)
	if err != nil {
		return false, err
	}
	if !gone {
		err := fault.New(fault.Safety, "the plan was applied by run %s, and something that it takes is there again", run.ID).
			WithHint("make a new plan and have it reviewed")
		return false, deleting.RefusedUnread(ctx, a, "apply", err)
	}
	a.Note("already applied by run %s: nothing is left of what the plan names", run.ID)
	return true, deleting.Unneeded(ctx, a, run.ID)
}

// lastRun is the latest run of a plan that was not refused; one without an ID for
// none. Journals that can't be read tell nothing.
func lastRun(ctx context.Context, a *app.App, p plan.Plan) (runs.Info, error) {
	store, err := a.Runs()
	if err != nil {
		return runs.Info{}, err
	}
	for info, err := range store.List(ctx) {
		switch {
		case ctx.Err() != nil:
			return runs.Info{}, err
		case err == nil && info.Plan == p.Digest && info.AppKey == p.AppKey && info.State != runs.Refused:
			return info, nil
		}
	}
	return runs.Info{}, nil
}

// gone tells whether nothing is left of what the plan takes.
func gone(ctx context.Context, a *app.App, path string) (bool, error) {
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
