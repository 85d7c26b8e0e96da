package deleting

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Report is a run's report with what it was asked to do.
type Report struct {
	Command      string           `json:"command"`
	User         string           `json:"user"`
	Conversation string           `json:"conversation,omitempty"`
	Type         roaming.ChatType `json:"type,omitempty"`
	Before       *roaming.Time    `json:"before,omitempty"`
	DryRun       bool             `json:"dry_run"`
	deletion.Report

	Requests []app.Request `json:"requests,omitempty"`

	named bool // some of what was to go was named, and need not be on the list
}

// NewReport is the report of one user's part.
func NewReport(r Result, dryRun bool) Report {
	out := Report{Command: r.Job.Command, User: r.Job.User, DryRun: dryRun, Report: r.Report, Requests: r.Requests}
	out.named = r.Job.FromList() && len(r.Job.Targets) > 0
	if t, ok := r.Job.Single(); ok {
		out.Conversation, out.Type = t.Conversation, t.Type
		if !t.Through.IsZero() {
			out.Before = &t.Through
		}
	}
	return out
}

// CheckOutput refuses output options that a report can't be printed with,
// before anything is sent.
func CheckOutput(a *app.App) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	return render.Check(a.IO, opts, View())
}

// Print prints the result of a command: for people, what remains or would be
// sent on standard output and the rest beside it; the whole of it in a data
// format. Without a result, as after --plan, it prints nothing.
func Print(a *app.App, dryRun bool, result *Result) error {
	if result == nil || result.Report.State == "" {
		return nil
	}
	r := NewReport(*result, dryRun)
	return a.PrintReport(
		func(o render.Options) error { return render.One(a.IO, o, View(), r) },
		func() { r.forPeople(a, result.Err) })
}

func (r Report) forPeople(a *app.App, err error) {
	switch {
	case err == nil && len(r.Batches)+r.AcceptedCallsBefore == 0 && r.Coverage == deletion.CoversListed:
		a.Note("nothing to do: there is no such message or conversation on the list of %s", r.User)
		tellUncovered(a, r.Command, r.Coverage)
	case err == nil && len(r.Batches)+r.AcceptedCallsBefore == 0:
		a.Note("nothing to do: there is no such message or conversation")
	case err == nil && r.DryRun:
		a.PrintRequests(r.Requests)
	case err == nil:
		r.tellDone(a)
	default:
		TellLists(a, r.User, r.Verification)
		r.tellLeft(a)
	}
	if r.WithoutTime > 0 {
		a.Warn("%s without a time stay: nobody can tell whether they are old enough; --id names them", render.Count(r.WithoutTime, "message"))
	}
	if err != nil && r.resumable() && fault.KindOf(err) != fault.Safety {
		a.Note("go on with: roamctl runs resume %s", r.RunID)
	}
}

// resumable tells whether a part of what was to be done can be tried again.
func (r Report) resumable() bool {
	return r.State == deletion.Interrupted || r.State == deletion.PartlyDone && r.AcceptedCalls < len(r.Batches)
}

// maxNamed is how many messages that are not visible are named to people.
const maxNamed = 10

// tellLeft names what was not deleted: on standard output the IDs that can be
// tried again, beside it those that never will be.
func (r Report) tellLeft(a *app.App) {
	for _, id := range r.NotVisible[:min(len(r.NotVisible), maxNamed)] {
		a.Warn("message %s is not visible to %s", id, r.User)
	}
	if more := len(r.NotVisible) - maxNamed; more > 0 {
		a.Warn("%d more are not visible; -o json names them all", more)
	}
	if len(r.Remaining) == 0 {
		return
	}
	a.Note("%s remain, on standard output: give them to --ids-file to try again", render.Count(len(r.Remaining), "ID"))
	for _, id := range r.Remaining {
		fmt.Fprintln(a.IO.Out, id)
	}
}

func (r Report) tellDone(a *app.App) {
	what := render.Count(r.Accepted, "message")
	if r.Backup == nil && r.Accepted == 0 && len(r.Batches) > 0 {
		what = "what was asked for"
		if r.Coverage == deletion.CoversEverything {
			what = "everything"
		}
	}
	whose := "of " + r.User
	if r.Coverage == deletion.CoversListed {
		whose = fmt.Sprintf("in %s on the list of %s", render.Count(r.Conversations, "conversation"), r.User)
		if r.named {
			whose = fmt.Sprintf("in %s, on the list of %s or named", render.Count(r.Conversations, "conversation"), r.User)
		}
	}
	verified := ""
	if r.Verification != nil && r.Coverage != deletion.CoversEverything { // of that, only the list is looked at
		verified = "; none of them is visible any more"
		if r.Verification.Peer == deletion.PeerIntact {
			verified += ", and the other side has lost nothing"
		}
	}
	if r.AcceptedCallsBefore > 0 {
		whose += fmt.Sprintf(", and %d before the run was interrupted", r.AcceptedBefore)
	}
	a.Note("deleted %s %s%s", what, whose, verified)
	TellLists(a, r.User, r.Verification)
	tellUncovered(a, r.Command, r.Coverage)
	if r.Backup != nil {
		a.Note("run %s: roamctl restore %s shows what can be put back", r.RunID, r.RunID)
	}
}

// View is how reports are shown as rows.
func View() render.View[Report] {
	return render.View[Report]{Columns: []render.Column[Report]{
		render.Text("run_id", func(r Report) string { return r.RunID }),
		render.Text("command", func(r Report) string { return r.Command }),
		render.Text("user", func(r Report) string { return r.User }),
		render.Text("conversation", func(r Report) string { return r.Conversation }),
		render.Text("type", func(r Report) string { return string(r.Type) }),
		render.Text("state", func(r Report) string { return string(r.State) }),
		render.Text("dry_run", func(r Report) string { return fmt.Sprint(r.DryRun) }),
		render.Text("requested", func(r Report) string { return fmt.Sprint(r.Requested) }),
		render.Text("accepted", func(r Report) string { return fmt.Sprint(r.Accepted) }),
		render.Text("remaining", func(r Report) string { return join(r.Remaining) }),
		render.Text("not_visible", func(r Report) string { return join(r.NotVisible) }),
		render.Text("backup", func(r Report) string {
			if r.Backup == nil {
				return ""
			}
			return r.Backup.Path
		}),
		render.Text("coverage", func(r Report) string { return string(r.Coverage) }),
		render.Text("conversations", func(r Report) string { return fmt.Sprint(r.Conversations) }),
		render.Text("attachments", Report.Attachments),
	}}
}

// Attachments is how many attachments are in the backup; "" when they were not asked for.
func (r Report) Attachments() string {
	if r.Backup == nil || r.Backup.Attachments == nil {
		return ""
	}
	return r.Backup.Attachments.String()
}

func join(ids []roaming.MessageID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id.String()
	}
	return strings.Join(words, " ")
}
