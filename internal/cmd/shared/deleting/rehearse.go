package deleting

import (
	"context"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/roaming"
)

// rehearse is a dry run: what would be deleted is read, the calls are decided
// on, and then recorded instead of sent.
func (f *Flags) rehearse(ctx context.Context, a *app.App, d Deletion, settings deletion.Settings) (*Result, error) {
	if err := a.Explain(ctx, d.Confirm); err != nil {
		return nil, f.Refused(ctx, a, d, err)
	}
	r, err := Rehearse(ctx, a, settings)
	for _, line := range r.read {
		a.Note("%s", line)
	}
	return &r, err
}

func rehearse(ctx context.Context, a *app.App, s deletion.Settings) (Result, error) {
	r := Result{Job: s.Job, Report: deletion.NewReport(s, "")}
	r.Report.State = deletion.Rehearsed
	svc, err := a.Service(ctx)
	if err != nil {
		return r, err
	}
	sink, err := newOutlook(ctx, a, s)
	if err != nil {
		return r, err
	}
	calls, frozen, err := deletion.Calls(ctx, svc, s, sink)
	r.Report.Freeze(frozen)
	r.read = append(counts(a, frozen), sink.wayBack())
	if err != nil {
		return r, err
	}
	recorder, requests, err := a.Rehearsal(ctx)
	if err != nil {
		return r, err
	}
	r.Report.Plan(calls)
	executor := deletion.Executor{Service: recorder, Notify: s.Job.Notify, Journal: discard{}}
	err = executor.Run(ctx, calls, nil, func(o deletion.Outcome) {
		o.Status = deletion.Planned
		r.Report.Add(o)
	})
	r.Requests = requests()
	return r, err
}

// discard is a place for what a dry run reads and would journal.
type discard struct{}

func (discard) AddConversation(roaming.Conversation) error { return nil }
func (discard) AddMessage(roaming.Message) error           { return nil }
func (discard) Append(string, any) error                   { return nil }
