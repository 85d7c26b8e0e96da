package deleting

import (
	"cmp"
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
)

// Result is what became of one user's job.
type Result struct {
	Job      deletion.Job
	Report   deletion.Report
	Err      error
	Requests []app.Request // of a dry run
	Preview  []string      // of a dry run: what would be deleted, and what restore could import again
}

// Options say how a job is done.
type Options struct {
	Width      int // requests that delete and are in flight at once, at most
	OnProgress func(deletion.Progress)
}

// Do does one user's job, or what its journal shows is left of it. It holds the
// user's lock, and writes to the audit log before and after.
func Do(ctx context.Context, a *app.App, s deletion.Settings, journal deletion.Journal, before deletion.Replay, o Options) (deletion.Report, error) {
	e, key, err := newEngine(ctx, a, s, o)
	if err == nil {
		err = checkBackup(ctx, journal.ID(), s.Job.User, before)
	}
	if err != nil {
		return deletion.Report{}, notBegun(ctx, a, s, err)
	}
	runs, err := a.Runs()
	if err != nil {
		return deletion.Report{}, err
	}
	unlock, err := runs.Lock(key, journal.ID())
	if err != nil {
		return lockedOut(ctx, a, s, journal, before, err)
	}
	report := deletion.Report{RunID: journal.ID()}
	if err := AppendAudit(ctx, a, entry(s, report, audit.Started)); err != nil {
		return report, errors.Join(err, unlock())
	}
	report, err = e.Run(ctx, s, journal, before)
	logged := AppendAudit(context.WithoutCancel(ctx), a, entry(s, report, audit.Outcome(report.State)))
	return report, errors.Join(err, logged, unlock())
}

// newEngine returns the engine of a job, and the key of the user's lock.
func newEngine(ctx context.Context, a *app.App, s deletion.Settings, o Options) (*deletion.Engine, string, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return nil, "", err
	}
	target, err := a.Target(ctx)
	if err != nil {
		return nil, "", err
	}
	options, err := a.BackupOptions(ctx)
	if err != nil {
		return nil, "", err
	}
	if !s.NoBackup {
		a.WarnUnsynced(s.BackupDir)
	}
	return &deletion.Engine{
		Service: svc, Sleep: clock.System().Sleep, Backup: options, Width: o.Width, OnProgress: o.OnProgress,
	}, target.AppKey + "/" + s.Job.User, nil
}

// lockedOut ends a job whose user another run holds. A new job is refused; one
// that is resumed stays as it was.
func lockedOut(ctx context.Context, a *app.App, s deletion.Settings, journal deletion.Journal, before deletion.Replay, why error) (deletion.Report, error) {
	report := deletion.Report{RunID: journal.ID(), State: run.Refused}
	why = errors.Join(why, AppendAudit(ctx, a, entry(s, report, audit.Refused)))
	if before.Progress == nil {
		why = errors.Join(why, deletion.Refuse(journal))
	}
	return report, why
}

// checkBackup refuses to resume a job whose backup was replaced or is incomplete.
func checkBackup(ctx context.Context, id, user string, before deletion.Replay) error {
	if before.Backup == nil || before.Left() == 0 {
		return nil
	}
	for _, made := range append([]deletion.BackupRef{*before.Backup}, before.PeerBackups...) {
		manifest, err := backup.Verify(ctx, made.Path)
		if err != nil {
			return fault.Wrap(fault.Safety, err, "cannot resume run %s: its backup is incomplete", id)
		}
		if manifest.Digest != made.Digest || manifest.Scope.User != cmp.Or(made.User, user) || manifest.Scope.RunID != id {
			return fault.New(fault.Safety, "cannot resume run %s: %s is not the backup that it made", id, made.Path)
		}
	}
	return nil
}

// DryRun reads what a job would delete, and records its requests instead of
// sending them.
func DryRun(ctx context.Context, a *app.App, s deletion.Settings) (Result, error) {
	r, err := dryRun(ctx, a, s)
	outcome := audit.DryRun
	if err != nil {
		outcome, r.Report.State = notBegunState(err)
	}
	r.Err = errors.Join(err, AppendAudit(context.WithoutCancel(ctx), a, entry(s, r.Report, outcome)))
	return r, r.Err
}

func dryRun(ctx context.Context, a *app.App, s deletion.Settings) (Result, error) {
	r := Result{Job: s.Job, Report: deletion.NewReport(s, "")}
	r.Report.State = run.Planned
	svc, err := a.Service(ctx)
	if err != nil {
		return r, err
	}
	restorable, err := newRestorable(ctx, a, s)
	if err != nil {
		return r, err
	}
	calls, frozen, err := deletion.Calls(ctx, svc, s, restorable)
	r.Report.Freeze(frozen)
	r.Preview = append(countLines(a, frozen), restorable.note())
	if err != nil {
		return r, err
	}
	recorder, requests, err := a.Rehearsal(ctx)
	if err != nil {
		return r, err
	}
	r.Report.CountConversations(calls)
	executor := deletion.Executor{Service: recorder, Notify: s.Job.Notify, Recall: s.Job.Recall, Journal: discard{}}
	err = executor.Run(ctx, calls, nil, func(o deletion.Outcome) {
		o.Status = deletion.Planned
		r.Report.Add(o)
	})
	r.Requests = requests()
	return r, err
}
