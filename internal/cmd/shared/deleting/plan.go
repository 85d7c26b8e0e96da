package deleting

import (
	"context"
	"errors"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxPlanText is how much text of a message a plan shows, in columns.
const maxPlanText = 40

// NotePlanned says what was planned and how to apply it.
func (f *Flags) NotePlanned(a *app.App, what string) {
	past := "deleted"
	if f.recalls {
		past = "recalled"
	}
	a.Note("planned: %s; nothing was %s", what, past)
	a.Note("review %s, then: roamctl apply %s", f.plan, f.plan)
}

// PlanHeader returns a plan without its jobs.
func (f *Flags) PlanHeader(ctx context.Context, a *app.App) (plan.Plan, error) {
	target, err := a.Target(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	format := plan.Format
	if f.recalls {
		format = plan.RecallFormat
	}
	p := plan.Plan{
		Format: format, Tool: "roamctl " + a.Version, Created: roaming.Time{Time: a.Now()},
		Profile: target.Profile, Host: target.Host, AppKey: target.AppKey,
		Reason: f.reason, Ticket: f.ticket, Backup: !f.noBackup, Redacted: f.noText,
	}
	p.Operator, p.Machine = a.Operator()
	return p, nil
}

// Planned is one user's job of a plan.
type Planned struct {
	Job      plan.Job       `json:"job"` // without its messages
	Messages []plan.Message `json:"messages"`
	Logged   audit.Entry    `json:"logged"` // for the audit log
}

// PlanJob reads what one user's job would delete.
func (f *Flags) PlanJob(ctx context.Context, a *app.App, s deletion.Settings) (Planned, error) {
	p, err := f.planJob(ctx, a, s)
	if err != nil {
		err = f.Refused(ctx, a, s.Job, err)
	}
	return p, err
}

func (f *Flags) planJob(ctx context.Context, a *app.App, s deletion.Settings) (Planned, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return Planned{}, err
	}
	now, err := svc.Now(ctx)
	if err != nil {
		return Planned{}, err
	}
	lines := &planLines{noText: f.noText}
	frozen, err := deletion.Check(ctx, svc, s, lines)
	if err != nil {
		return Planned{}, err
	}
	if s.Job.Recall == nil {
		deletion.Bound(frozen, now)
	}
	report := deletion.NewReport(s, "")
	report.Freeze(frozen)
	report.CountConversations(deletion.FrozenCalls(s.Job, frozen))
	job := plan.NewJob(s.Job, frozen, lines.messages)
	p := Planned{Messages: job.Messages, Logged: entry(s, report, audit.Planned)}
	job.Messages = nil
	p.Job = job
	return p, nil
}

// Add adds the job to a plan, and writes to the audit log that it was planned.
func (p Planned) Add(ctx context.Context, a *app.App, w *plan.Writer) error {
	p.Job.Messages = p.Messages
	if err := w.Add(p.Job); err != nil {
		return err
	}
	return AppendAudit(ctx, a, p.Logged)
}

// PlanMessages writes a plan that deletes messages of one user by their IDs, to a new
// file, as messages delete --plan does. It deletes nothing.
func PlanMessages(ctx context.Context, a *app.App, path, reason, ticket string, target deletion.Target) (plan.Count, error) {
	f := &Flags{plan: path, reason: reason, ticket: ticket, within: defaultWithin, verify: deletion.VerifyUser}
	s, err := f.Settings(a, false, false)
	if err != nil {
		return plan.Count{}, err
	}
	profile, err := a.Settings()
	if err != nil {
		return plan.Count{}, err
	}
	s.Job = deletion.Job{
		Command: "messages delete", User: target.User, Targets: []deletion.Target{target}, Notify: true, BatchSize: profile.DeleteBatchSize,
	}
	header, err := f.PlanHeader(ctx, a)
	if err != nil {
		return plan.Count{}, err
	}
	planned, err := f.PlanJob(ctx, a, s)
	if err != nil {
		return plan.Count{}, err
	}
	w, err := plan.Create(path, header)
	if err != nil {
		return plan.Count{}, err
	}
	if err := planned.Add(ctx, a, w); err != nil {
		return plan.Count{}, errors.Join(err, w.Abort())
	}
	return w.Close()
}

// planLines is a sink that collects the messages of a plan.
type planLines struct {
	discard

	noText   bool
	messages []plan.Message
}

// AddMessage adds a message.
func (l *planLines) AddMessage(m roaming.Message) error {
	if m.ID == 0 {
		return nil // no call can name it
	}
	line := plan.Message{Conversation: m.Conversation, Type: m.ChatType, ID: m.ID, Time: m.Timestamp, From: m.From, Kind: m.Kind}
	if !l.noText {
		words := strings.Join(strings.Fields(render.Safe(render.Summary(m))), " ")
		line.Words = displaywidth.TruncateString(words, maxPlanText, "…")
	}
	l.messages = append(l.messages, line)
	return nil
}
