package deletion

import (
	"context"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// VerifyMode is what is looked at after a deletion.
type VerifyMode string

// Nothing, the user's view, or the other side's view too.
const (
	VerifyNone VerifyMode = "none"
	VerifyUser VerifyMode = "user"
	VerifyPeer VerifyMode = "peer"
)

// Settings are all that a run is told: its intent in the journal, from which
// it can be resumed.
type Settings struct {
	Job         Job    `json:"job"`
	NoBackup    bool   `json:"no_backup"`
	BackupDir   string `json:"backup_dir,omitempty"`
	Attachments bool   `json:"with_attachments,omitempty"`
	// AllowMissing deletes though attachments can't be saved that the service
	// should have.
	AllowMissing bool `json:"allow_missing_attachments,omitempty"`
	// AttachmentsWithin bounds the time for the attachments of one backup.
	AttachmentsWithin time.Duration `json:"attachments_within,omitempty"` // ns
	Force             bool          `json:"force,omitempty"`              // delete what is visible when some is not
	Verify            VerifyMode    `json:"verify"`
	VerifyFor         time.Duration `json:"verify_for"` // ns
	// VerifyList tells to look whether conversations have left the list.
	VerifyList bool   `json:"verify_list,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Ticket     string `json:"ticket,omitempty"`
	Plan       string `json:"plan,omitempty"` // the digest of the plan that it comes from
	// Expected is what a plan froze: the run is refused when the history has
	// moved since. nil without a plan.
	Expected []Frozen `json:"expected,omitempty"`
}

// direct tells that nothing is read before it is deleted. What a plan froze is
// held against what is there, backup or not.
func (s Settings) direct() bool { return s.NoBackup && s.Expected == nil }

// Capped is s without a time that is still to come by the service's clock, where
// nothing is read before it is deleted: what arrives later was not asked about.
// It has to be called before the run begins, so that the time is in its intent.
func (s Settings) Capped(ctx context.Context, svc roaming.Service) (Settings, error) {
	byTime := func(t Target) bool { return !t.Through.IsZero() }
	each := s.Job.Each != nil && !s.Job.Each.Through.IsZero()
	if !s.direct() || !each && !slices.ContainsFunc(s.Job.Targets, byTime) {
		return s, nil
	}
	now, err := svc.Now(ctx)
	if err != nil {
		return s, err
	}
	s.Job.Targets = slices.Clone(s.Job.Targets)
	for i, t := range s.Job.Targets {
		if t.Through.After(now.Time) {
			s.Job.Targets[i].Through = now
		}
	}
	if each && s.Job.Each.Through.After(now.Time) {
		capped := *s.Job.Each
		capped.Through = now
		s.Job.Each = &capped
	}
	return s, nil
}

// Calls are the calls that s takes, with what sink was given of what they delete.
// They are for a dry run: nothing is kept.
func Calls(ctx context.Context, svc roaming.Service, s Settings, sink Sink) ([]Call, []Frozen, error) {
	if s.direct() {
		job, err := expand(ctx, svc, s.Job)
		return DirectCalls(job), nil, err
	}
	frozen, err := Check(ctx, svc, s, sink)
	return FrozenCalls(s.Job, frozen), frozen, err
}
