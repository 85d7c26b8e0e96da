package restore

import (
	"context"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/restore"
)

// entry returns the audit entry of a restore before it starts.
func (o *options) entry(r *restore.Restorer) (audit.Entry, error) {
	b, err := backup.Open(o.settings.Path)
	if err != nil {
		return audit.Entry{}, err
	}
	m := b.Manifest()
	e := audit.Entry{
		Command: "restore", AppKey: r.AppKey, User: m.User, Conversation: o.settings.Conversation,
		Reason: o.reason, Ticket: o.ticket, RunID: o.settings.RunID, BackupDigest: m.Digest,
		Counts: audit.Counts{Planned: m.Messages},
	}
	return e, nil
}

// refusedEntry logs a refusal for safety.
func refusedEntry(ctx context.Context, a *app.App, e audit.Entry, why error) error {
	if fault.KindOf(why) != fault.Safety {
		return nil
	}
	e.Outcome = audit.Refused
	return deleting.AppendAudit(ctx, a, e)
}

// finished returns the audit entry of a restore that ended.
func finished(e audit.Entry, r restore.Report, err error) audit.Entry {
	e.Counts = audit.Counts{
		Conversations: len(r.Conversations), Planned: r.Total.Messages, Restored: r.Total.Restored,
		Skipped: r.Total.RestoredBefore + r.Total.UserHas + r.Total.PeerHas, Failed: r.Total.CannotGoBack + r.Total.ToRestore,
	}
	if e.Outcome = audit.OutcomeOf(err); fault.KindOf(err) == fault.Safety {
		e.Outcome = audit.Refused
	}
	return e
}
