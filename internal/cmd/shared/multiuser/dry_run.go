package multiuser

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// dryRun prints the requests that a deletion would send.
type dryRun struct{ *Deletion }

func (d dryRun) readOnly() bool { return true }

func (d dryRun) do(ctx context.Context, r *session) error {
	opts, err := r.app.Output()
	if err != nil {
		return err
	}
	one := func(ctx context.Context, j run.Job) (deleting.Result, error) {
		settings, err := d.settings(ctx, r, j)
		if err != nil {
			return deleting.Result{}, err
		}
		return deleting.DryRun(ctx, r.app, settings)
	}
	switch {
	case r.one != nil:
		return d.ofOne(ctx, r, one)
	case !app.PlainTable(opts):
		return d.results().dryRun(ctx, r, one)
	}
	verb := "deletes"
	if d.Settings.Job.Recall != nil {
		verb = "recalls"
	}
	r.app.PrintRequests(verb, nil) // the others follow as they come
	return newEngine(r, func(ctx context.Context, j run.Job, emit func([]app.Request) error) (run.Result, error) {
		result, err := one(ctx, j)
		return run.Result{}, errors.Join(err, emit(result.Requests))
	}, engine.PrintFunc[app.Request](func(_ run.Job, requests []app.Request) error {
		for _, request := range requests {
			if _, err := fmt.Fprintln(r.app.IO.Out, render.Safe(request.String())); err != nil {
				return err
			}
		}
		return nil
	})).Run(ctx)
}

// ofOne prints the dry run of one user at its end.
func (d dryRun) ofOne(ctx context.Context, r *session, one func(context.Context, run.Job) (deleting.Result, error)) error {
	r.print = r.printOne
	return newEngine(r, func(ctx context.Context, j run.Job, _ func([]struct{}) error) (run.Result, error) {
		result, err := one(ctx, j)
		for _, line := range result.Preview {
			r.app.Note("%s", line)
		}
		result.Err = err
		r.setResult(result)
		return run.Result{}, err
	}, nil).Run(ctx)
}

// planning writes what a deletion would do into a plan.
type planning struct {
	*Deletion

	flags *deleting.Flags
}

func (p planning) readOnly() bool { return true }

// do writes the plan in the order of the users. A plan that does not have all of
// them is removed: nobody should review half of it.
func (p planning) do(ctx context.Context, r *session) error {
	header, err := p.flags.PlanHeader(ctx, r.app)
	if err != nil {
		return err
	}
	r.app.WarnUnsynced(filepath.Dir(p.flags.Plan()))
	w, err := plan.Create(p.flags.Plan(), header)
	if err != nil {
		return err
	}
	e := newEngine(r, func(ctx context.Context, j run.Job, emit func([]deleting.Planned) error) (run.Result, error) {
		settings, err := p.settings(ctx, r, j)
		if err != nil {
			return run.Result{}, err
		}
		planned, err := p.flags.PlanJob(ctx, r.app, settings)
		r.setResult(deleting.Result{Err: err})
		if err != nil {
			return run.Result{}, err
		}
		r.meter.messages.Add(int64(len(planned.Messages)))
		return run.Result{Messages: len(planned.Messages)}, emit([]deleting.Planned{planned})
	}, engine.PrintFunc[deleting.Planned](func(_ run.Job, planned []deleting.Planned) error {
		for _, one := range planned {
			if err := one.Add(ctx, r.app, w); err != nil {
				return err
			}
		}
		return nil
	}))
	e.Weight = func(one deleting.Planned) int { return 1 + len(one.Messages) }
	if err = e.Run(ctx); err == nil {
		err = r.verdict(ctx)
	}
	if err != nil {
		if r.one == nil {
			r.app.Warn("no plan was written, because it would lack users")
		}
		return errors.Join(err, w.Abort())
	}
	count, err := w.Close()
	if err != nil {
		return err
	}
	p.flags.NotePlanned(r.app, count.String())
	return nil
}
