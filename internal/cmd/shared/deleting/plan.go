package deleting

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// planWords is how much of a message a plan shows, in columns.
const planWords = 40

// writePlan freezes the job into a plan instead of doing it.
func (f *Flags) writePlan(ctx context.Context, a *app.App, settings deletion.Settings) error {
	refused := func(err error) error { return f.Refused(ctx, a, Deletion{Job: settings.Job}, err) }
	header, err := f.PlanHeader(ctx, a)
	if err != nil {
		return refused(err)
	}
	p, err := f.Freeze(ctx, a, settings)
	if err != nil {
		return refused(err)
	}
	header.Jobs = append(header.Jobs, p.whole())
	a.WarnUnsynced(filepath.Dir(f.plan))
	if err := plan.Write(f.plan, &header); err != nil {
		return refused(err)
	}
	if err := appendAudit(ctx, a, p.Logged); err != nil {
		return err
	}
	f.TellPlanned(a, header.String())
	return nil
}

// TellPlanned says what was planned and how to go on.
func (f *Flags) TellPlanned(a *app.App, what string) {
	a.Note("planned: %s; nothing was deleted", what)
	a.Note("review %s, then: roamctl apply %s", f.plan, f.plan)
}

// PlanHeader is a plan without its jobs.
func (f *Flags) PlanHeader(ctx context.Context, a *app.App) (plan.Plan, error) {
	target, err := a.Target(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	p := plan.Plan{
		Format: plan.Format, Tool: "roamctl " + a.Version, Created: roaming.Time{Time: a.Now()},
		Profile: target.Profile, Host: target.Host, AppKey: target.AppKey,
		Reason: f.reason, Ticket: f.ticket, Backup: !f.noBackup, Redacted: f.redact,
	}
	p.Operator, p.Machine = a.Operator()
	return p, nil
}

// Planned is one user's part of a plan.
type Planned struct {
	Job      plan.Job       `json:"job"` // without its messages
	Messages []plan.Message `json:"messages"`
	Logged   audit.Entry    `json:"logged"` // what the audit log is to say of it
}

// Freeze reads what one user's part would delete.
func (f *Flags) Freeze(ctx context.Context, a *app.App, settings deletion.Settings) (Planned, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return Planned{}, err
	}
	now, err := svc.Now(ctx)
	if err != nil {
		return Planned{}, err
	}
	lines := &planLines{redact: f.redact}
	frozen, err := deletion.Check(ctx, svc, settings, lines)
	if err != nil {
		return Planned{}, err
	}
	deletion.Bound(frozen, now)
	report := deletion.NewReport(settings, "")
	report.Freeze(frozen)
	report.Plan(deletion.FrozenCalls(settings.Job, frozen))
	job := plan.NewJob(settings.Job, frozen, lines.messages)
	p := Planned{Messages: job.Messages, Logged: entry(settings, report, audit.Planned)}
	job.Messages = nil
	p.Job = job
	return p, nil
}

// Add puts it into a plan, and notes in the audit log that it was planned.
func (p Planned) Add(ctx context.Context, a *app.App, w *plan.Writer) error {
	if err := w.Add(p.whole()); err != nil {
		return err
	}
	return appendAudit(ctx, a, p.Logged)
}

func (p Planned) whole() plan.Job {
	p.Job.Messages = p.Messages
	return p.Job
}

// planLines collects a plan's messages as they are read.
type planLines struct {
	redact   bool
	messages []plan.Message
}

func (l *planLines) AddConversation(roaming.Conversation) error { return nil }

func (l *planLines) AddMessage(m roaming.Message) error {
	if m.ID == 0 {
		return nil // no call can name it
	}
	line := plan.Message{Conversation: m.Conversation, Type: m.ChatType, ID: m.ID, Time: m.Timestamp, From: m.From, Kind: m.Kind}
	if !l.redact {
		words := strings.Join(strings.Fields(render.Safe(render.Summary(m))), " ")
		line.Words = displaywidth.TruncateString(words, planWords, "…")
	}
	l.messages = append(l.messages, line)
	return nil
}
