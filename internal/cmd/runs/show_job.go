package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
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
