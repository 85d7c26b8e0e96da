package multiuser

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
)

// Destroy deletes the same from the history of each user that the flags name:
// rehearsed, planned or confirmed, and done, as f says. about says what goes,
// for people. The job's user is left open.
func Destroy(ctx context.Context, a *app.App, u flags.Users, limits Limits, f *deleting.Flags, job deletion.Job, about []string) error {
	settings, err := f.Settings(a)
	if err != nil {
		return deleting.RefusedUnread(ctx, a, job.Command, err)
	}
	settings.Job = job
	if f.Plan() == "" {
		if settings, err = deleting.Capped(ctx, a, settings); err != nil {
			return deleting.RefusedUnread(ctx, a, job.Command, err)
		}
	}
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
	return r.decide(ctx, limits, f, d, d.confirmation(about, intent.Users, totals.Users, f))
}

// DestroyParts deletes what the jobs say, one for each user, as one run: all of
// it is noted before the first call, so that a resume finishes every part. It is
// rehearsed, planned or confirmed as f says, and printed in the form given.
func DestroyParts(ctx context.Context, a *app.App, limits Limits, f *deleting.Flags, jobs []deletion.Job, c app.Confirmation, form Form) error {
	command := jobs[0].Command
	settings, err := f.Settings(a)
	if err != nil {
		return deleting.RefusedUnread(ctx, a, command, err)
	}
	settings.Job = jobs[0].For("") // as a sample: each user's own is in the ledger
	d := &Deletion{Settings: settings, form: form}
	intent := Intent{
		Bulk: true, Command: command, Users: Source{Named: len(jobs), Parts: true},
		Fleeting: f.DryRun || f.Plan() != "", Deletion: d,
	}
	if err := d.check(a); err != nil {
		return err
	}
	r, err := start(ctx, a, intent, func(ctx context.Context, l *ledger.Ledger) error {
		users := make([]ledger.User, len(jobs))
		for i, job := range jobs {
			b, err := spec{Job: job}.encode()
			if err != nil {
				return fault.Wrap(fault.Bug, err, "encoding a part")
			}
			users[i] = ledger.User{ID: job.User, Spec: b}
		}
		_, err := l.Add(ctx, users)
		return err
	})
	if err != nil {
		return err
	}
	c.Lines, c.Yes = append(c.Lines, f.WayBack()), f.Yes
	return r.decide(ctx, limits, f, d, c)
}

// decide plans, rehearses, or asks and carries out, as f says.
func (r *run) decide(ctx context.Context, limits Limits, f *deleting.Flags, d *Deletion, c app.Confirmation) error {
	switch {
	case f.Plan() != "":
		r.job = planning{d, f}
	case f.DryRun:
		r.job = rehearsal{d}
		if err := r.app.Explain(ctx, c); err != nil {
			return errors.Join(err, r.discard())
		}
	default:
		if err := r.app.Confirm(ctx, c); err != nil {
			return deleting.RefusedUnread(ctx, r.app, r.intent.Command, errors.Join(err, r.discard()))
		}
	}
	return r.carryOut(ctx, limits)
}

// specified is the part of one user, where each has their own.
func specified(ctx context.Context, l *ledger.Ledger, s deletion.Settings, o ledger.User) (deletion.Settings, error) {
	b, err := l.Spec(ctx, o)
	if err != nil {
		return s, err
	}
	var spec spec
	if err := spec.decode(b); err != nil {
		return s, fault.Wrap(fault.Safety, err, "the part of %s in the run's ledger can't be read", o.ID)
	}
	if spec.Job.User != o.ID {
		return s, fault.New(fault.Safety, "the part of %s in the run's ledger is about %s", o.ID, spec.Job.User)
	}
	s.Job, s.Expected = spec.Job, spec.Expected
	return s, nil
}
