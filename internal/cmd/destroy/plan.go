package destroy

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

// planWords is how much of a message a plan shows, in columns.
const planWords = 40

// writePlan freezes the jobs into a plan instead of doing them.
func (f *Flags) writePlan(ctx context.Context, a *app.App, jobs []deletion.Job, settings deletion.Settings) error {
	target, err := a.Target(ctx)
	if err != nil {
		return f.Refused(ctx, a, Deletion{Jobs: jobs}, err)
	}
	p := &plan.Plan{
		Format: plan.Format, Tool: "roamctl " + a.Version, Created: roaming.Time{Time: a.Now()},
		Profile: target.Profile, Host: target.Host, AppKey: target.AppKey,
		Reason: f.reason, Ticket: f.ticket, Backup: !f.noBackup, Redacted: f.redact,
	}
	p.Operator, p.Machine = a.Operator()
	svc, err := a.Service(ctx)
	if err != nil {
		return f.Refused(ctx, a, Deletion{Jobs: jobs}, err)
	}
	var planned []deletion.Report
	for _, job := range jobs {
		lines := &planLines{redact: f.redact}
		frozen, err := deletion.Freeze(ctx, svc, job, lines)
		if err == nil && !f.force {
			err = deletion.NotVisible(frozen)
		}
		if err != nil {
			return f.Refused(ctx, a, Deletion{Jobs: jobs}, err)
		}
		p.Add(job, frozen, lines.messages)
		settings.Job = job
		report := deletion.NewReport(settings, "")
		report.Freeze(frozen)
		planned = append(planned, report)
	}
	if err := plan.Write(f.plan, p); err != nil {
		return f.Refused(ctx, a, Deletion{Jobs: jobs}, err)
	}
	for i, job := range jobs {
		settings.Job = job
		err = errors.Join(err, appendAudit(ctx, a, entry(settings, planned[i], audit.Planned)))
	}
	if err != nil {
		return err
	}
	a.Note("planned: %s; nothing was deleted", p)
	a.Note("review %s, then: roamctl apply %s", f.plan, f.plan)
	return nil
}

// planLines collects a plan's messages as they are read.
type planLines struct {
	redact   bool
	messages []plan.Message
}

func (l *planLines) AddConversation(roaming.Conversation) error { return nil }

func (l *planLines) AddMessage(m roaming.Message) error {
	line := plan.Message{Conversation: m.Conversation, Type: m.ChatType, ID: m.ID, Time: m.Timestamp, From: m.From, Kind: m.Kind}
	if !l.redact {
		words := strings.Join(strings.Fields(render.Safe(render.Summary(m))), " ")
		line.Words = displaywidth.TruncateString(words, planWords, "…")
	}
	l.messages = append(l.messages, line)
	return nil
}
