package deletion

import (
	"context"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// VerifyMode is what is checked after a deletion.
type VerifyMode string

// Nothing, the user's view, or the other side's view too.
const (
	VerifyNone VerifyMode = "none"
	VerifyUser VerifyMode = "user"
	VerifyPeer VerifyMode = "peer"
)

// Settings are the settings of a job. The run's intent has them.
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
	Force             bool          `json:"force,omitempty"`              // delete or recall what is visible when some is not
	Verify            VerifyMode    `json:"verify"`
	VerifyFor         time.Duration `json:"verify_for"` // ns
	// VerifyList checks whether conversations have left the list.
	VerifyList bool   `json:"verify_list,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Ticket     string `json:"ticket,omitempty"`
	Plan       string `json:"plan,omitempty"` // the digest of the plan that it comes from
	// Expected is the snapshot of a plan; nil without a plan. The job is refused if the
	// history has changed since.
	Expected []Frozen `json:"expected,omitempty"`
}

// direct reports whether the job deletes without reading first. A job of a plan reads,
// to compare the plan with the history, even without a backup, and a recall needs the
// messages' senders.
func (s Settings) direct() bool { return s.NoBackup && s.Expected == nil && s.Job.Recall == nil }

// Capped returns s with times in the future, by the service's clock, set to now if
// the job deletes without reading first: messages that arrive later were not
// confirmed. It must be called before the run begins, so that its intent has the time.
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

// Calls returns the calls that s needs, for a dry run, and passes what they delete to
// sink.
func Calls(ctx context.Context, svc roaming.Service, s Settings, sink Sink) ([]Call, []Frozen, error) {
	if s.direct() {
		job, err := expand(ctx, svc, s.Job)
		return directCalls(job), nil, err
	}
	frozen, err := Check(ctx, svc, s, sink)
	return FrozenCalls(s.Job, frozen), frozen, err
}

// Coverage says how much of a user's history a deletion reaches.
type Coverage string

// A deletion reaches what it names, or what is on the user's conversation list (chat
// rooms never are, and idle conversations fall off it: docs/contract.md, section 2),
// or everything, with the one call that deletes all of it (section 4).
const (
	CoversNamed      Coverage = "named"
	CoversListed     Coverage = "listed"
	CoversEverything Coverage = "everything"
)

// Coverage is how much the job reaches.
func (s Settings) Coverage() Coverage {
	switch {
	case s.Job.All && s.NoBackup:
		return CoversEverything
	case s.Job.FromList():
		return CoversListed
	default:
		return CoversNamed
	}
}

// FromList reports whether the job deletes what is on the user's list.
func (j Job) FromList() bool { return j.Listed || j.each() != nil }

// Single returns the target of a job that names one conversation and nothing else.
func (j Job) Single() (Target, bool) {
	if len(j.Targets) != 1 || j.FromList() {
		return Target{}, false
	}
	return j.Targets[0], true
}
