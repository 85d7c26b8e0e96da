package deleting

import (
	"cmp"
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
)

// Deletion is what a command asks for one user: the job, what to say before it,
// and, when it comes from a plan, what has to be found.
type Deletion struct {
	Job      deletion.Job
	Expected []deletion.Frozen // nil without a plan
	Plan     string            // its digest
	Confirm  app.Confirmation
	Reason   string // of a plan
	Ticket   string // of a plan
	NoBackup bool   // of a plan
}

// Result is what became of one job.
type Result struct {
	Job      deletion.Job
	Report   deletion.Report
	Err      error
	Requests []app.Request // of a dry run
	read     []string      // likewise: what would go, by conversation, and what restore could do about it
}

// Run does what d asks for in the way the flags say, and returns what became of
// it. With --plan nothing is returned: the plan is the result.
func (f *Flags) Run(ctx context.Context, a *app.App, d Deletion) (*Result, error) {
	if d.Expected != nil {
		f.reason, f.ticket, f.noBackup = d.Reason, d.Ticket, d.NoBackup
	}
	s, err := a.Settings()
	if err != nil {
		return nil, err
	}
	if err := f.check(a, s); err != nil {
		return nil, f.Refused(ctx, a, d, err)
	}
	settings, err := f.settings(a)
	if err != nil {
		return nil, err
	}
	settings.Job, settings.Expected, settings.Plan = d.Job, d.Expected, d.Plan
	if f.plan != "" {
		return nil, f.writePlan(ctx, a, settings)
	}
	if settings, err = Capped(ctx, a, settings); err != nil {
		return nil, f.Refused(ctx, a, d, err)
	}
	d.Job = settings.Job
	if f.DryRun {
		return f.rehearse(ctx, a, d, settings)
	}
	d.Confirm.Yes = f.Yes
	if a.CanAsk() && !f.Yes {
		read, err := preview(ctx, a, settings)
		if err != nil {
			return nil, f.Refused(ctx, a, d, err)
		}
		d.Confirm.Lines = append(d.Confirm.Lines, read...)
	} else {
		d.Confirm.Lines = append(d.Confirm.Lines, f.WayBack())
	}
	if err := a.Confirm(ctx, d.Confirm); err != nil {
		return nil, f.Refused(ctx, a, d, err)
	}
	report, err := start(ctx, a, settings)
	return &Result{Job: d.Job, Report: report, Err: err}, err
}

// Capped is s as it can be confirmed: see deletion.Settings.Capped.
func Capped(ctx context.Context, a *app.App, s deletion.Settings) (deletion.Settings, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return s, err
	}
	return s.Capped(ctx, svc)
}

// start begins a new run.
func start(ctx context.Context, a *app.App, settings deletion.Settings) (deletion.Report, error) {
	w, err := newWorker(ctx, a, settings)
	if err != nil {
		return deletion.Report{}, errors.Join(err, notBegun(ctx, a, settings, err))
	}
	run, err := w.store.Start(ctx, settings, w.summary())
	if err != nil {
		return deletion.Report{}, errors.Join(err, notBegun(ctx, a, settings, err))
	}
	report, err := w.work(ctx, run, deletion.Replay{})
	return report, errors.Join(err, run.Close())
}

// Refused notes in the audit log that something was asked for and was refused,
// or failed before it began, and returns why.
func (f *Flags) Refused(ctx context.Context, a *app.App, d Deletion, why error) error {
	if fault.KindOf(why) == fault.Usage {
		return why
	}
	settings := deletion.Settings{
		NoBackup: f.noBackup || d.NoBackup, Reason: cmp.Or(f.reason, d.Reason), Ticket: cmp.Or(f.ticket, d.Ticket),
	}
	settings.Job = d.Job
	return errors.Join(why, notBegun(ctx, a, settings, why))
}

// NothingToDo notes in the audit log that a plan was carried out which is empty.
func (f *Flags) NothingToDo(ctx context.Context, a *app.App, p *plan.Plan) (err error) {
	what := audit.Done
	if f.DryRun {
		what = audit.DryRun
	}
	settings := deletion.Settings{NoBackup: !p.Backup, Reason: p.Reason, Ticket: p.Ticket}
	for _, job := range p.Jobs {
		settings.Job, _ = job.Deletion()
		err = errors.Join(err, appendAudit(ctx, a, entry(settings, deletion.Report{}, what)))
	}
	return err
}

// notBegun notes in the audit log that a run did not begin.
func notBegun(ctx context.Context, a *app.App, s deletion.Settings, why error) error {
	what, state := ended(why)
	return appendAudit(context.WithoutCancel(ctx), a, entry(s, deletion.Report{State: state}, what))
}

// ended is what became of something that did nothing.
func ended(why error) (audit.Outcome, deletion.State) {
	switch {
	case fault.KindOf(why) == fault.Safety:
		return audit.Refused, deletion.Refused
	case fault.KindOf(why) == fault.Interrupted:
		return audit.Interrupted, deletion.FailedRun
	default:
		return audit.Failed, deletion.FailedRun
	}
}
