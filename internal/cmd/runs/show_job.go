package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
)

// jobReport is what the journal of one user's job says.
type jobReport struct {
	run.Info

	Intent json.RawMessage `json:"intent"`
	// Coverage is how much of the user's history the job reaches.
	Coverage    deletion.Coverage      `json:"coverage,omitempty"`
	Backup      *deletion.BackupRef    `json:"backup"`                 // null when there is none
	PeerBackups []deletion.BackupRef   `json:"peer_backups,omitempty"` // of a recall
	Calls       callCounts             `json:"calls"`
	Failures    []failure              `json:"failures"`
	Verified    *deletion.Verification `json:"verified"` // null before the verification
	Error       string                 `json:"error,omitempty"`
	Next        string                 `json:"next"` // what is left, in words

	decided bool // on its calls
}

// callCounts counts the calls of a job; Total is the sum of the others.
type callCounts struct {
	Total      int `json:"total"`
	Accepted   int `json:"accepted"`
	Failed     int `json:"failed"`
	Unanswered int `json:"unanswered"`
	NotSent    int `json:"not_sent"`
	Kept       int `json:"kept,omitempty"` // conversations that stay on the list with a message that arrived
}

type failure struct {
	Call  int    `json:"call"`
	Error string `json:"error"`
}

// showJob explains one user's job. With a damaged journal it shows what stands
// before the damage, and returns the error.
func showJob(ctx context.Context, a *app.App, r *run.Run, seq int64) error {
	info, err := r.Info(ctx)
	if err != nil {
		return err
	}
	j, damage := newJobReport(ctx, r, info, seq)
	return errors.Join(damage, printReport(a, jobView(), j, j.lines))
}

func newJobReport(ctx context.Context, r *run.Run, info run.Info, seq int64) (jobReport, error) {
	journal := r.Journal(info.Summary, seq)
	replay, err := deletion.ReadJournal(journal.Events(ctx))
	j := jobReport{
		Info: info, Failures: []failure{}, Backup: replay.Backup, PeerBackups: replay.PeerBackups, Verified: replay.Verification, Error: replay.Error,
		decided: replay.Calls != nil,
	}
	j.countCalls(replay)
	failed := j.addIntent(ctx, r)
	if info.Many {
		job, err := r.Job(ctx, seq)
		if err != nil {
			return j, err
		}
		j.ID, j.User, j.Many, j.State, j.Error = journal.ID(), job.User, false, stateOf(job.State, info.State), job.Error
		j.Next = fmt.Sprintf("roamctl runs show %s shows the whole run", r.ID())
		return j, errors.Join(err, failed)
	}
	if err != nil {
		j.State = ""
	}
	j.Next = j.next()
	return j, errors.Join(err, failed)
}

// addIntent adds the settings of a deletion, or the whole intent of another run.
func (j *jobReport) addIntent(ctx context.Context, r *run.Run) error {
	if err := r.Intent(ctx, &j.Intent); err != nil {
		return err
	}
	var intent multiuser.Intent
	if err := json.Unmarshal(j.Intent, &intent); err == nil && intent.Deletion != nil {
		j.Coverage = intent.Deletion.Settings.Coverage()
		j.Intent, err = json.Marshal(intent.Deletion.Settings)
		return err
	}
	return nil // it is shown as it is
}

func (j *jobReport) countCalls(replay deletion.Replay) {
	numbers := map[int]bool{}
	for _, c := range replay.Calls {
		numbers[c.Number] = true
	}
	for n := range replay.Progress {
		numbers[n] = true
	}
	j.Calls.Total = len(numbers)
	for n := range numbers {
		c, sent := replay.Progress[n]
		switch {
		case !sent || c.Status == deletion.NotSent:
			j.Calls.NotSent++
		case c.Status == "":
			j.Calls.Unanswered++
		case c.Status == deletion.Kept:
			j.Calls.Kept++
		case c.Status == deletion.Accepted:
			j.Calls.Accepted++
		default:
			j.Calls.Failed++
			j.Failures = append(j.Failures, failure{n, c.Error})
		}
	}
	slices.SortFunc(j.Failures, func(a, b failure) int { return a.Call - b.Call })
}

// stateOf is the state of a job as that of a run, which the run's state adds to.
func stateOf(job, of run.State) run.State {
	switch {
	case job == run.Done || job == run.Failed:
		return job
	case of == run.Running:
		return run.Running
	default:
		return run.Interrupted
	}
}

// maxFailures is how many failed calls are listed.
const maxFailures = 5

// lines are the report for people; at formats a time.
func (j jobReport) lines(at func(time.Time) string) []string {
	about := j.Command
	if j.Conversation != "" {
		about = fmt.Sprintf("%s, conversation %s (%s),", j.Command, j.Conversation, j.Type)
	}
	out := []string{
		fmt.Sprintf("Run %s: %s", j.ID, j.State),
		fmt.Sprintf("  %s on the history of %s, by %s", about, j.User, j.Operator),
		fmt.Sprintf("  profile %s, App Key %s", j.Profile, j.AppKey),
		fmt.Sprintf("  started %s, last event %s", at(j.Started.Time), at(j.Updated.Time)),
		"What happened:",
		"  " + j.backupLine(),
		"  " + j.callsLine(),
	}
	for i, f := range j.Failures {
		if i == maxFailures {
			out = append(out, fmt.Sprintf("    and %d more", len(j.Failures)-i))
			break
		}
		out = append(out, fmt.Sprintf("    call %d: %s", f.Call, f.Error))
	}
	if j.Verified != nil {
		out = append(out, "  "+j.verifiedLine())
	}
	if j.Error != "" {
		out = append(out, "  it ended with an error: "+j.Error)
	}
	if text := deleting.Uncovered(j.Command, j.Coverage); text != "" {
		out = append(out, "  "+text)
	}
	return append(out, "What is left:", "  "+j.Next)
}

func (j jobReport) backupLine() string {
	switch {
	case j.Backup != nil:
		var text strings.Builder
		fmt.Fprintf(&text, "%s backed up and read back: %s (digest %s)", render.Count(j.Backup.Messages, "message"), j.Backup.Path, j.Backup.Digest)
		if j.Backup.Attachments != nil {
			text.WriteString("; attachments: " + j.Backup.Attachments.String())
		}
		for _, other := range j.PeerBackups {
			fmt.Fprintf(&text, "; %s of %s's view: %s", render.Count(other.Messages, "message"), other.User, other.Path)
		}
		return text.String()
	case j.decided:
		return "no backup was made"
	default:
		return "there is no backup yet"
	}
}

func (j jobReport) callsLine() string {
	c := j.Calls
	if c.Total == 0 {
		return "nothing was sent, so nothing was changed"
	}
	parts := []string{fmt.Sprintf("%d accepted", c.Accepted)}
	for _, p := range []struct {
		n    int
		what string
	}{
		{c.Failed, "failed"},
		{c.Unanswered, "sent, and the answer never came"},
		{c.NotSent, "not sent"},
		{c.Kept, "not needed: a message arrived meanwhile, and the conversation stays on the list with it"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return fmt.Sprintf("of %s: %s", render.Count(c.Total, "call"), strings.Join(parts, "; "))
}

func (j jobReport) verifiedLine() string {
	v := j.Verified
	past := "deleted"
	if v.Recall {
		past = "gone"
	}
	text := fmt.Sprintf("verified: %d %s, %d still visible, %d unknown", v.Deleted, past, len(v.StillVisible), len(v.Unknown))
	if v.Peer != "" {
		text += "; the other side: " + string(v.Peer)
	}
	if len(v.Conversations) > 0 {
		text += fmt.Sprintf("; on the list: %d deleted, %d still listed, %d unknown",
			len(v.Listed(deletion.OffList)), len(v.Listed(deletion.StillListed)), len(v.Listed(deletion.ListUnknown)))
	}
	return text
}

// next says what is left and what resume would do.
func (j jobReport) next() string {
	left := j.Calls.Total - j.Calls.Accepted - j.Calls.Kept
	resume := fmt.Sprintf("roamctl runs resume %s", j.ID)
	switch j.State {
	case run.Running:
		return "still running: wait for it"
	case run.Done:
		return "nothing"
	case run.Refused:
		return "nothing: it was refused, and nothing was sent"
	case run.Interrupted:
		switch {
		case !j.decided:
			return resume + " makes the backup, if one was asked for, and begins"
		case left == 0:
			return resume + " sends nothing more: it checks that the messages are gone"
		}
	case run.Failed, run.PartlyDone:
		if left == 0 {
			return "nothing to send; what is still visible may need another look later"
		}
	default:
		return "what follows the damage is not known"
	}
	return fmt.Sprintf("%s sends %s (to send one again does no harm) and checks that the messages are gone", resume, render.Count(left, "call"))
}

func jobView() render.View[jobReport] {
	v := render.View[jobReport]{Columns: render.Fields[jobReport]("id", "state", "command", "user", "conversation", "type", "profile", "app_key", "operator",
		"started", "updated", "backup", "calls", "accepted", "failed", "unanswered", "not_sent", "next")}
	return v.WithCell("calls", func(j jobReport) string { return strconv.Itoa(j.Calls.Total) }).
		WithCell("backup", func(j jobReport) string {
			if j.Backup == nil {
				return ""
			}
			return j.Backup.Path
		})
}
