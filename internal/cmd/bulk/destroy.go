package bulk

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/destroy"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
)

// Destroy deletes the same from the history of each user that the flags name:
// rehearsed, planned or confirmed, and done, as f says. about says what goes,
// for people. The job's owner is left open.
func Destroy(ctx context.Context, a *app.App, u flags.Users, limits Limits, f *destroy.Flags, job deletion.Job, about []string) error {
	settings, err := f.Settings(a)
	if err != nil {
		return destroy.RefusedUnread(ctx, a, job.Command, err)
	}
	settings.Job = job
	d := &Deletion{Settings: settings}
	intent := Intent{Bulk: true, Command: job.Command, Users: source(u), Fleeting: f.DryRun || f.Plan() != "", Deletion: d}
	if err := d.check(a); err != nil {
		return err
	}
	r, err := startFor(ctx, a, intent, u)
	if err != nil {
		return err
	}
	totals, err := r.ledger.Totals(ctx)
	if err != nil {
		return errors.Join(err, r.discard())
	}
	c := d.confirmation(about, intent.Users, totals.Owners, f)
	switch {
	case f.Plan() != "":
		r.job = planning{d, f}
	case f.DryRun:
		r.job = rehearsal{d}
		for _, line := range c.Lines {
			a.Note("%s", line)
		}
	default:
		if err := a.Confirm(ctx, c); err != nil {
			return destroy.RefusedUnread(ctx, a, job.Command, errors.Join(err, r.discard()))
		}
	}
	return r.carryOut(ctx, limits)
}

// specified is what a plan says of one user.
func specified(ctx context.Context, l *ledger.Ledger, s deletion.Settings, o ledger.Owner) (deletion.Settings, error) {
	b, err := l.Spec(ctx, o)
	if err != nil {
		return s, err
	}
	var spec spec
	if err := spec.decode(b); err != nil {
		return s, fault.Wrap(fault.Safety, err, "what the plan says of %s can't be read", o.ID)
	}
	s.Job, s.Expected = spec.Job, spec.Expected
	return s, nil
}
