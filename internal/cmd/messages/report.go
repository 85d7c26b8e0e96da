package messages

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// report is what a deletion of messages did. Accepted counts IDs that the
// service took; it does not say how many of them existed.
type report struct {
	roaming.Ref

	DryRun    bool                `json:"dry_run"`
	Before    *roaming.Time       `json:"before,omitempty"`
	Requested int                 `json:"requested"`
	Accepted  int                 `json:"accepted"`
	Batches   []batch             `json:"batches"`
	Remaining []roaming.MessageID `json:"remaining"`
	Requests  []app.Request       `json:"requests,omitempty"`

	calls int
	first error
}

type batch struct {
	Number int             `json:"number"`
	IDs    int             `json:"ids"`
	Status deletion.Status `json:"status"`
	Error  string          `json:"error,omitempty"`
}

func newReport(ref roaming.Ref, dryRun bool) *report {
	return &report{Ref: ref, DryRun: dryRun, Batches: []batch{}, Remaining: []roaming.MessageID{}}
}

func (r *report) addBatch(b deletion.Batch) {
	entry := batch{Number: b.Number, IDs: len(b.IDs), Status: b.Status}
	switch {
	case b.Err != nil:
		entry.Error = b.Err.Error()
		r.Remaining = append(r.Remaining, b.IDs...)
		r.fail(b.Err)
	case r.DryRun:
		entry.Status = deletion.Planned
		r.calls++
	default:
		r.Accepted += len(b.IDs)
		r.calls++
	}
	r.Batches = append(r.Batches, entry)
}

// addCall adds the one call of a deletion by time.
func (r *report) addCall(err error) {
	entry := batch{Number: 1, Status: deletion.Accepted}
	switch {
	case err != nil:
		entry.Status, entry.Error = deletion.Failed, err.Error()
		r.fail(err)
	case r.DryRun:
		entry.Status = deletion.Planned
		r.calls++
	default:
		r.calls++
	}
	r.Batches = append(r.Batches, entry)
}

func (r *report) fail(err error) {
	if r.first == nil {
		r.first = err
	}
}

// progress says how a batch ended, on the error stream.
func (r *report) progress(a *app.App, b deletion.Batch, of int) {
	switch {
	case b.Status == deletion.NotSent:
		a.Warn("batch %d of %d: %s not sent", b.Number, of, plural(len(b.IDs), "ID"))
	case b.Err != nil:
		a.Warn("batch %d of %d: %s failed: %v", b.Number, of, plural(len(b.IDs), "ID"), b.Err)
	case !r.DryRun:
		a.Note("batch %d of %d: %s deleted", b.Number, of, plural(len(b.IDs), "ID"))
	}
}

// finish prints the report: for people, what remains or would be sent on
// standard output and the rest beside it; the whole of it in a data format.
func (r *report) finish(a *app.App) error {
	err := a.PrintReport(
		func(o render.Options) error { return render.One(a.IO, o, reportView(), *r) },
		func() { r.forPeople(a) })
	if err != nil {
		return err
	}
	return deletion.Verdict(r.calls, len(r.Batches), r.first)
}

func (r *report) forPeople(a *app.App) {
	switch {
	case r.DryRun:
		a.PrintRequests(r.Requests)
	case r.first == nil && r.Before != nil:
		a.Note("deleted every message up to and including %s from %s", a.ShowTime(r.Before.Time), r.Ref)
	case r.first == nil:
		a.Note("deleted %s from %s", plural(r.Accepted, "message"), r.Ref)
	case len(r.Remaining) > 0:
		a.Note("%s of %d remain, on standard output: give them to --ids-file to try again", plural(len(r.Remaining), "ID"), r.Requested)
		for _, id := range r.Remaining {
			fmt.Fprintln(a.IO.Out, id)
		}
	}
}

func reportView() render.View[report] {
	text := func(name string, cell func(report) string) render.Column[report] {
		return render.Column[report]{Name: name, Default: true, Cell: func(r report, _ render.Env) string { return cell(r) }}
	}
	return render.View[report]{Columns: []render.Column[report]{
		text("owner", func(r report) string { return r.Owner }),
		text("conversation", func(r report) string { return r.Conversation }),
		text("type", func(r report) string { return string(r.Type) }),
		text("dry_run", func(r report) string { return fmt.Sprint(r.DryRun) }),
		text("requested", func(r report) string { return fmt.Sprint(r.Requested) }),
		text("accepted", func(r report) string { return fmt.Sprint(r.Accepted) }),
		text("remaining", func(r report) string {
			ids := make([]string, len(r.Remaining))
			for i, id := range r.Remaining {
				ids[i] = id.String()
			}
			return strings.Join(ids, " ")
		}),
	}}
}
