package deleting

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/runs"
)

// width is how many calls of a deletion are under way at once, at most: what
// the service and the limits allow is decided by the limiter.
const width = 64

// worker carries out one run, new or resumed.
type worker struct {
	app      *app.App
	target   app.Target
	store    *runs.Store
	engine   *deletion.Engine
	settings deletion.Settings
}

func newWorker(ctx context.Context, a *app.App, settings deletion.Settings) (*worker, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return nil, err
	}
	target, err := a.Target(ctx)
	if err != nil {
		return nil, err
	}
	store, err := a.Runs()
	if err != nil {
		return nil, err
	}
	options, err := a.BackupOptions(ctx)
	if err != nil {
		return nil, err
	}
	if !settings.NoBackup {
		a.WarnUnsynced(settings.BackupDir)
	}
	engine := &deletion.Engine{Width: width, Service: svc, Sleep: clock.System().Sleep, Backup: options, Heard: newTeller(a).hear}
	return &worker{app: a, target: target, store: store, engine: engine, settings: settings}, nil
}

func (w *worker) summary() runs.Summary {
	operator, _ := w.app.Operator()
	s := runs.Summary{
		Command: w.settings.Job.Command, User: w.settings.Job.User,
		Profile: w.target.Profile, AppKey: w.target.AppKey, Plan: w.settings.Plan, Operator: operator,
	}
	if t, ok := w.settings.Job.Single(); ok {
		s.Conversation, s.Type = t.Conversation, t.Type
	}
	return s
}

// work does what the journal does not show as done, with nobody else at work
// on the same user, between two lines of the audit log.
func (w *worker) work(ctx context.Context, run deletion.Journal, before deletion.Replay) (deletion.Report, error) {
	unlock, err := w.store.Lock(w.target.AppKey+"/"+w.settings.Job.User, run.ID())
	if err != nil {
		return w.lockedOut(ctx, run, before, err)
	}
	begun := deletion.Report{RunID: run.ID()}
	if err := w.audit(ctx, begun, audit.Started); err != nil {
		return begun, errors.Join(err, unlock())
	}
	report, err := w.engine.Run(ctx, w.settings, run, before)
	// The outcome belongs in the log even when the user has had enough.
	logged := w.audit(context.WithoutCancel(ctx), report, outcome(report.State))
	return report, errors.Join(err, logged, unlock())
}

// lockedOut ends a run that another one keeps from the user. A new one is
// refused for good; one that was taken up again stays as it was, to be resumed.
func (w *worker) lockedOut(ctx context.Context, run deletion.Journal, before deletion.Replay, why error) (deletion.Report, error) {
	report := deletion.Report{RunID: run.ID(), State: deletion.Refused}
	why = errors.Join(why, w.audit(ctx, report, audit.Refused))
	if before.Answered == nil {
		why = errors.Join(why, run.Append(runs.Finished, runs.Finish{State: runs.Refused}))
	}
	return report, why
}

func (w *worker) audit(ctx context.Context, report deletion.Report, o audit.Outcome) error {
	return appendAudit(ctx, w.app, entry(w.settings, report, o))
}
