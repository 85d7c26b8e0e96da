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
)

// entry is a run as the audit log keeps it.
func entry(s deletion.Settings, r deletion.Report, o audit.Outcome) audit.Entry {
	e := audit.Entry{
		Command: s.Job.Command, User: s.Job.User, Reason: s.Reason, Ticket: s.Ticket,
		RunID: r.RunID, NoBackup: s.NoBackup, Coverage: string(s.Coverage()), Outcome: o,
		Counts: audit.Counts{
			Conversations: max(r.Conversations, len(s.Job.Targets)), Planned: r.Requested, NotVisible: len(r.NotVisible), Failed: max(0, r.Requested-r.Accepted-r.AcceptedBefore),
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
		e.Counts.Deleted, e.Counts.StillVisible, e.Counts.Unknown = max(0, v.Deleted-r.AcceptedBefore), len(v.StillVisible), len(v.Unknown)
	} else {
		e.Counts.Deleted = r.Accepted
	}
	return e
}

// RefusedUnread notes in the audit log that a command was refused when it could
// not be read what it was to delete, and returns why.
func RefusedUnread(ctx context.Context, a *app.App, command string, why error) error {
	if fault.KindOf(why) != fault.Safety {
		return why
	}
	return errors.Join(why, appendAudit(ctx, a, audit.Entry{Command: command, Outcome: audit.Refused}))
}

// Unneeded notes in the audit log that a plan was to be applied which a run has
// applied before.
func Unneeded(ctx context.Context, a *app.App, run string) error {
	return appendAudit(ctx, a, audit.Entry{Command: "apply", RunID: run, Outcome: audit.Done})
}

// appendAudit completes the entry with who and where, and writes it. What
// failed because it had no application to work on is without one.
func appendAudit(ctx context.Context, a *app.App, e audit.Entry) error {
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

func outcome(s deletion.State) audit.Outcome {
	switch s {
	case deletion.Done:
		return audit.Done
	case deletion.PartlyDone:
		return audit.PartlyDone
	case deletion.Refused:
		return audit.Refused
	case deletion.Interrupted:
		return audit.Interrupted
	default:
		return audit.Failed
	}
}
