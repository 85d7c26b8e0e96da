package multiuser

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/plan"
)

// Apply carries a plan for many users out, as f says, once it was confirmed.
// Its header is what the plan's first reading gave.
func Apply(ctx context.Context, a *app.App, path string, header plan.Plan, listed bool, limits Limits, f *deleting.Flags, c app.Confirmation) error {
	f.TakePlan(header)
	settings, err := f.Settings(a)
	if err != nil {
		return deleting.RefusedUnread(ctx, a, "apply", err)
	}
	settings.Job.Listed, settings.Plan = listed, header.Digest
	d := &Deletion{Settings: settings}
	intent := Intent{Bulk: true, Command: "apply", Users: Source{Plan: path, Parts: true}, Fleeting: f.DryRun, Deletion: d}
	if err := d.check(a); err != nil {
		return err
	}
	r, err := start(ctx, a, intent, func(ctx context.Context, l *ledger.Ledger) error { return fromPlan(ctx, l, path, header.Digest) })
	if err != nil {
		return err
	}
	if f.DryRun {
		r.job = rehearsal{d}
		return r.carryOut(ctx, limits)
	}
	c.Lines, c.Yes = append(c.Lines, f.WayBack()), f.Yes
	if err := a.Confirm(ctx, c); err != nil {
		return deleting.RefusedUnread(ctx, a, "apply", errors.Join(err, r.discard()))
	}
	return r.carryOut(ctx, limits)
}

// fromPlan puts the users of a plan into the ledger, with what it says of each.
func fromPlan(ctx context.Context, l *ledger.Ledger, path, digest string) error {
	const few = 20 // a user's part may be large
	var waiting []ledger.User
	flush := func() error {
		n, err := l.Add(ctx, waiting)
		if err == nil && n < len(waiting) {
			err = fault.New(fault.Safety, "the plan %s names a user twice", path)
		}
		waiting = waiting[:0]
		return err
	}
	p, err := plan.Each(path, func(j plan.Job) error {
		var s spec
		s.Job, s.Expected = j.Deletion()
		b, err := s.encode()
		if err != nil {
			return fault.Wrap(fault.Bug, err, "reading the plan")
		}
		waiting = append(waiting, ledger.User{ID: j.User, Spec: b})
		if len(waiting) < few {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if p.Digest != digest {
		return fault.New(fault.Safety, "%s was changed while it was read", path)
	}
	return flush()
}
