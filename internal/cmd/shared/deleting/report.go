package deleting

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Report is the report of one user's job, with what it was asked to do.
type Report struct {
	Command      string           `json:"command"`
	User         string           `json:"user"`
	Conversation string           `json:"conversation,omitempty"`
	Type         roaming.ChatType `json:"type,omitempty"`
	Before       *roaming.Time    `json:"before,omitempty"`
	DryRun       bool             `json:"dry_run"`
	deletion.Report

	Requests []app.Request `json:"requests,omitempty"`

	named   bool // it deletes conversations that it names, which need not be on the list
	recalls bool
}

// NewReport returns the report of a result.
func NewReport(r Result, dryRun bool) Report {
	out := Report{Command: r.Job.Command, User: r.Job.User, DryRun: dryRun, Report: r.Report, Requests: r.Requests}
	out.recalls = r.Job.Recall != nil
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
	_, err := app.OutputFor(a, view())
	return err
}

// Print prints the result of a command for one user: for people, the IDs that are
// left or the requests of a dry run on standard output, and the rest on the error
// stream; in a data format, all of it on standard output.
func Print(a *app.App, dryRun bool, result Result) error {
	if result.Report.State == "" {
		return nil
	}
	r := NewReport(result, dryRun)
	return app.Print(a, view(), r, func() { r.printText(a, result.Err) })
}

func (r Report) printText(a *app.App, err error) {
	switch {
	case err == nil && len(r.Batches)+r.AcceptedCallsBefore == 0 && r.Coverage == deletion.CoversListed:
		a.Note("nothing to do: nothing matches on %s's conversation list", r.User)
		noteUncovered(a, r.Command, r.Coverage)
	case err == nil && len(r.Batches)+r.AcceptedCallsBefore == 0:
		a.Note("nothing to do: there is no such message or conversation")
	case err == nil && r.DryRun:
		does := "deletes"
		if r.recalls {
			does = "recalls"
		}
		a.PrintRequests(does, r.Requests)
	case err == nil && r.recalls:
		r.noteRecalled(a)
	case err == nil:
		r.noteDone(a)
	default:
		NoteLists(a, r.User, r.Verification)
		r.printRemaining(a)
	}
	r.warnGone(a)
	if r.WithoutTime > 0 && r.recalls {
		a.Warn("kept %s without a time, which may be outside --since and --until; recall them with --id", render.Count(r.WithoutTime, "message"))
	} else if r.WithoutTime > 0 {
		a.Warn("kept %s without a time, which may be newer than --before; delete them with --id", render.Count(r.WithoutTime, "message"))
	}
}

// Resumable reports whether resuming the run tries some calls again.
func (r Result) Resumable() bool {
	left := r.Report.State == run.PartlyDone && r.Report.AcceptedCalls < len(r.Report.Batches)
	return r.Err != nil && fault.KindOf(r.Err) != fault.Safety && (left || r.Report.State == run.Interrupted)
}

// maxNamed is how many messages that are not visible are named to people.
const maxNamed = 10

// printRemaining names the messages that are not visible, and counts those that
// were not deleted, as far as an answer of the service says. The IDs of one conversation go to standard output, for
// messages delete --ids-file or messages recall --ids-file.
func (r Report) printRemaining(a *app.App) {
	for _, id := range r.NotVisible[:min(len(r.NotVisible), maxNamed)] {
		a.Warn("message %s is not visible to %s", id, r.User)
	}
	if more := len(r.NotVisible) - maxNamed; more > 0 {
		a.Warn("%d more are not visible; -o json names them all", more)
	}
	if len(r.Remaining) == 0 {
		return
	}
	left, past, flag := render.Count(len(r.Remaining), "message"), "deleted", "--force"
	if r.recalls {
		past, flag = "recalled", "--skip-missing"
	}
	retry := "retry with --ids-file"
	if r.Unanswered {
		past = "confirmed as " + past
		retry += ", and " + flag + " for those that are gone"
	}
	if r.Conversation == "" || r.Command != "messages delete" && r.Command != "messages recall" { // --ids-file is about one conversation
		a.Note("%s not %s", left, past)
		return
	}
	a.Note("%s not %s (IDs on stdout); %s", left, past, retry)
	for _, id := range r.Remaining {
		fmt.Fprintln(a.IO.Out, id)
	}
}

func (r Report) noteDone(a *app.App) {
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
	NoteLists(a, r.User, r.Verification)
	noteUncovered(a, r.Command, r.Coverage)
	if r.Backup != nil {
		a.Note("run %s: roamctl restore %s previews the restore", r.RunID, r.RunID)
	}
}

// view has the columns of a report.
func view() render.View[Report] {
	v := render.View[Report]{Columns: render.Fields[Report]("run_id", "command", "user", "conversation", "type", "state", "dry_run",
		"requested", "accepted", "remaining", "not_visible", "backup", "coverage", "conversations", "attachments")}
	return v.WithCell("remaining", func(r Report) string { return join(r.Remaining) }).
		WithCell("not_visible", func(r Report) string { return join(r.NotVisible) }).
		WithCell("backup", Report.BackupPath).WithCell("attachments", Report.Attachments)
}

// BackupPath is the path of the backup; "" when there is none.
func (r Report) BackupPath() string {
	if r.Backup == nil {
		return ""
	}
	return r.Backup.Path
}

// Attachments counts the attachments of the backup; "" when they were not asked for.
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

// NoteLists says which conversations have left the user's list, as far as the job
// has looked.
func NoteLists(a *app.App, user string, v *deletion.Verification) {
	if v == nil || len(v.Conversations) == 0 {
		return
	}
	if off := len(v.Listed(deletion.OffList)); off > 0 {
		a.Note("removed %s from %s's conversation list", render.Count(off, "conversation"), user)
	}
	if ids := v.Listed(deletion.StillListed); len(ids) > 0 {
		a.Warn("still on %s's conversation list: %s", user, few(ids))
	}
	if ids := v.Listed(deletion.ListUnknown); len(ids) > 0 {
		a.Warn("cannot tell what is still on %s's conversation list: %s; check with roamctl conversations list --include-empty", user, few(ids))
	}
	for _, c := range v.Conversations {
		if c.Arrived {
			a.Warn("a message arrived in %s during the deletion and was not deleted; roamctl messages fetch --user %s --conversation %s --type %s shows it", c.Conversation, user, c.Conversation, c.Type)
		}
	}
}

// few joins the first of many IDs.
func few(ids []string) string {
	if len(ids) > maxNamed {
		return strings.Join(ids[:maxNamed], ", ") + ", ..."
	}
	return strings.Join(ids, ", ")
}

// Uncovered says what a deletion of a user's listed conversations does not reach,
// and how to delete that too; "" for one that reaches all that it names.
func Uncovered(command string, c deletion.Coverage) string {
	const what = "unlisted conversations and chat rooms keep their messages unless they were named"
	switch {
	case c != deletion.CoversListed || command == "conversations delete": // it is about the list
		return ""
	case command == "messages clear":
		return what + ": add --also TYPE:ID for each, or delete everything without reading it with --no-backup"
	case command == "messages delete":
		return what + ": delete from each with --conversation"
	case command == "messages recall":
		return what + ": recall from each with --conversation"
	default:
		return what
	}
}

func noteUncovered(a *app.App, command string, c deletion.Coverage) {
	if text := Uncovered(command, c); text != "" {
		a.Note("%s", text)
	}
}
