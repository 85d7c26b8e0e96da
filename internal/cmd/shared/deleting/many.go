package deleting

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
)

// Settings are what the flags say of each user's part in a deletion for many;
// the job is the caller's. What the profile forbids is refused.
func (f *Flags) Settings(a *app.App) (deletion.Settings, error) {
	s, err := a.Settings()
	if err != nil {
		return deletion.Settings{}, err
	}
	if err := f.check(a, s); err != nil {
		return deletion.Settings{}, err
	}
	settings, err := f.settings(a)
	// A list may be read 5 times a minute: for many users that has to be wanted.
	settings.VerifyList = settings.VerifyList && f.verifyFlag.Changed
	return settings, err
}

// TakePlan has a plan say why, and whether there is a backup.
func (f *Flags) TakePlan(p plan.Plan) { f.reason, f.ticket, f.noBackup = p.Reason, p.Ticket, !p.Backup }

// Plan is the path of the plan to write instead of deleting; "" for none.
func (f *Flags) Plan() string { return f.plan }

// VerifiesPeer tells whether the other side's view is to be compared.
func (f *Flags) VerifiesPeer() bool { return f.verify == deletion.VerifyPeer }

// NoBackup tells whether there will be no backup.
func (f *Flags) NoBackup() bool { return f.noBackup }

// WayBack says what restore will be able to do about messages that were not read yet.
func (f *Flags) WayBack() string { return wayBack(f.noBackup, nil) }

// widthOfMany is the width of each of many deletions that go on side by side.
const widthOfMany = 4

// Carry does one user's part in a deletion for many, or what is left of it by
// its journal: under the user's lock, between two lines of the audit log, with
// nothing told but warnings. heard hears of the progress.
func Carry(ctx context.Context, a *app.App, s deletion.Settings, journal deletion.Journal, before deletion.Replay, heard func(deletion.Progress)) (deletion.Report, error) {
	w, err := newWorker(ctx, a, s)
	if err != nil {
		return deletion.Report{}, errors.Join(err, notBegun(ctx, a, s, err))
	}
	w.engine.Heard, w.engine.Width = heard, widthOfMany
	if before.Backup != nil && before.Left() > 0 {
		if err := whole(ctx, journal.ID(), s.Job.User, *before.Backup); err != nil {
			return deletion.Report{}, err
		}
	}
	return w.work(ctx, journal, before)
}

// whole refuses to go on without the backup that a run made.
func whole(ctx context.Context, run, user string, made deletion.BackupRef) error {
	manifest, err := backup.Verify(ctx, made.Path)
	if err != nil {
		return fault.Wrap(fault.Safety, err, "run %s can't go on: its backup is not whole", run)
	}
	if manifest.Digest != made.Digest || manifest.Scope.User != user || manifest.Scope.RunID != run {
		return fault.New(fault.Safety, "run %s can't go on: %s is not the backup that it made", run, made.Path)
	}
	return nil
}

// Rehearse is one user's part in a dry run for many.
func Rehearse(ctx context.Context, a *app.App, s deletion.Settings) (Result, error) {
	r, err := rehearse(ctx, a, s)
	what := audit.DryRun
	if err != nil {
		what, r.Report.State = ended(err)
	}
	r.Err = errors.Join(err, appendAudit(context.WithoutCancel(ctx), a, entry(s, r.Report, what)))
	return r, r.Err
}
