package deleting

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/run"
)

// entry is the audit entry of a job.
func entry(s deletion.Settings, r deletion.Report, o audit.Outcome) audit.Entry {
	e := audit.Entry{
		Command: s.Job.Command, User: s.Job.User, Reason: s.Reason, Ticket: s.Ticket,
		RunID: r.RunID, NoBackup: s.NoBackup, Coverage: string(s.Coverage()), Outcome: o,
		Counts: audit.Counts{
			Conversations: max(r.Conversations, len(s.Job.Targets)), Planned: r.Requested, NotVisible: len(r.NotVisible), AlreadyGone: len(r.AlreadyGone),
			Failed: max(0, r.Requested-r.Accepted-r.AcceptedBefore-len(r.AlreadyGone)),
		},
	}
	if t, ok := s.Job.Single(); ok {
		e.Conversation, e.Type = t.Conversation, t.Type
		e.Counts.Planned = max(e.Counts.Planned, len(t.IDs))
	}
	if slices.Contains([]audit.Outcome{audit.Planned, audit.Started, audit.DryRun, audit.Refused}, o) {
		e.Counts.Failed = 0
	}
	if r.Backup != nil {
		e.BackupDigest = r.Backup.Digest
		if c := r.Backup.Attachments; c != nil {
			e.Counts.AttachmentsSaved, e.Counts.AttachmentsExpired, e.Counts.AttachmentsFailed = c.Saved, c.Expired, c.Missing()
		}
	}
	if v := r.Verification; v != nil {
		e.Counts.Deleted, e.Counts.StillVisible, e.Counts.Unknown = max(0, v.Deleted-r.AcceptedBefore-len(r.AlreadyGone)), len(v.StillVisible), len(v.Unknown)
	} else {
		e.Counts.Deleted = r.Accepted
	}
	return e
}

// Refused writes to the audit log that a deletion was refused, or failed before it
// began, and returns why. The job has no user when it is one of several users.
func (f *Flags) Refused(ctx context.Context, a *app.App, job deletion.Job, why error) error {
	if fault.KindOf(why) == fault.Usage {
		return why
	}
	return notBegun(ctx, a, deletion.Settings{Job: job, NoBackup: f.noBackup, Reason: f.reason, Ticket: f.ticket}, why)
}

// PlanRefused writes to the audit log that a plan was refused, and returns why.
func PlanRefused(ctx context.Context, a *app.App, why error) error {
	if fault.KindOf(why) != fault.Safety {
		return why
	}
	return errors.Join(why, AppendAudit(ctx, a, audit.Entry{Command: "apply", Outcome: audit.Refused}))
}

// AlreadyApplied writes to the audit log that a plan was to be applied that a run
// has applied before.
func AlreadyApplied(ctx context.Context, a *app.App, runID string) error {
	return AppendAudit(ctx, a, audit.Entry{Command: "apply", RunID: runID, Outcome: audit.Done})
}

// NothingToDo writes to the audit log that an empty plan was applied.
func (f *Flags) NothingToDo(ctx context.Context, a *app.App, path string, p plan.Plan) error {
	outcome := audit.Done
	if f.DryRun {
		outcome = audit.DryRun
	}
	_, err := plan.Each(path, func(j plan.Job) error {
		job, _ := j.Deletion()
		s := deletion.Settings{Job: job, NoBackup: !p.Backup, Reason: p.Reason, Ticket: p.Ticket}
		return AppendAudit(ctx, a, entry(s, deletion.Report{}, outcome))
	})
	return err
}

// notBegun writes to the audit log that a job did not begin, and returns why.
func notBegun(ctx context.Context, a *app.App, s deletion.Settings, why error) error {
	outcome, state := notBegunState(why)
	return errors.Join(why, AppendAudit(context.WithoutCancel(ctx), a, entry(s, deletion.Report{State: state}, outcome)))
}

// notBegunState is how a job ended that did nothing.
func notBegunState(why error) (audit.Outcome, run.State) {
	switch {
	case fault.KindOf(why) == fault.Safety:
		return audit.Refused, run.Refused
	case fault.KindOf(why) == fault.Interrupted:
		return audit.Interrupted, run.Failed
	default:
		return audit.Failed, run.Failed
	}
}

// AppendAudit adds the operator and the application to an entry, and writes it.
// An entry about a missing application has none.
func AppendAudit(ctx context.Context, a *app.App, e audit.Entry) error {
	log, err := a.Audit()
	if err != nil {
		return err
	}
	if target, err := a.Target(ctx); err == nil {
		e.Profile, e.AppKey = target.Profile, target.AppKey
	}
	e.Operator, e.Host = a.Operator()
	a.WarnUnsynced(filepath.Dir(log.Path()))
	_, err = log.Append(ctx, e)
	return err
}
