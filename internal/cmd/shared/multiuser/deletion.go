package multiuser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/run"
)

// Deletion deletes from each user's history.
type Deletion struct {
	// Settings are those of a job. With specs, the job is a sample; otherwise it is
	// that of each user.
	Settings deletion.Settings `json:"settings"`

	rows Rows // nil for outcomes
}

func (d *Deletion) check(a *app.App) error { return d.results().check(a) }

// results is how the results of several users are printed.
func (d *Deletion) results() Rows {
	if d.rows == nil {
		return RowsOf(outcomeView(d.Settings.Job.Recall != nil), newOutcomes)
	}
	return d.rows
}

// minCalls is what is known before anything is read. Without a backup, all of a
// user's history is one call.
func (d *Deletion) minCalls() map[string]float64 {
	s := d.Settings
	family := limiter.FamilyDelete
	if s.Job.Recall != nil {
		family = limiter.FamilyRecall
	}
	calls := map[string]float64{family: float64(max(1, len(s.Job.Targets)))}
	if s.Job.All && s.NoBackup {
		return calls
	}
	if s.Job.All || s.Job.Each != nil {
		calls[limiter.FamilyList] = 1
	}
	for _, t := range s.Job.Targets {
		if t.Drop {
			calls[limiter.FamilyDeleteConversation]++
		}
	}
	if !s.NoBackup {
		calls[limiter.FamilyOther]++
	}
	if s.Verify != deletion.VerifyNone {
		calls[limiter.FamilyOther]++
	}
	if s.VerifyList && calls[limiter.FamilyDeleteConversation] > 0 {
		calls[limiter.FamilyList]++
	}
	return calls
}

func (d *Deletion) readOnly() bool { return false }

func (d *Deletion) prepare(context.Context, *session) (func() error, error) {
	return nothingToRelease()
}

// do deletes, and prints each user's result after it is saved. An error of printing
// stops nothing: what was confirmed is done, and the run keeps the results.
func (d *Deletion) do(ctx context.Context, r *session) error {
	var deleted atomic.Bool
	e := newEngine(r, func(ctx context.Context, j run.Job, emit func([]deleting.Result) error) (run.Result, error) {
		result, err := d.job(ctx, r, j)
		result.Err = err
		if p := result.Report; p.Accepted+p.AcceptedCalls+p.AcceptedCallsBefore > 0 {
			deleted.Store(true)
		}
		r.setResult(result)
		done := run.Result{Conversations: result.Report.Conversations, Messages: result.Report.Accepted + result.Report.AcceptedBefore}
		return done, errors.Join(err, emit([]deleting.Result{result}))
	}, nil)
	defer func() {
		if deleted.Load() {
			deleting.NoteCopies(r.app)
		}
	}()
	if r.one != nil {
		r.print = r.printOne
		return e.Run(ctx)
	}
	show, closeOutput, err := d.results().begin(r.app)
	if err != nil {
		return err
	}
	e.OnItems, r.print = show, closeOutput
	err = e.Run(ctx)
	if text := deleting.Uncovered(d.Settings.Job.Command, d.Settings.Coverage()); err == nil && text != "" {
		r.app.Note("%s", text)
	}
	return err
}

// The requests that delete for one user and are in flight at once, at most. What the
// service and the limits allow is the limiter's to decide.
const (
	widthOfOne  = 64
	widthOfMany = 4
)

// job does one user's job, or what an earlier process has left of it.
func (d *Deletion) job(ctx context.Context, r *session, j run.Job) (deleting.Result, error) {
	result := deleting.Result{Job: d.Settings.Job.For(j.User)}
	settings, err := d.settings(ctx, r, j)
	if err != nil {
		return result, err
	}
	result.Job = settings.Job
	journal := r.Journal(r.summary, j.Seq)
	before, err := deletion.Resume(settings.Job, journal.Events(ctx))
	if err != nil {
		return result, err
	}
	if before.Calls == nil && (r.one == nil || !r.resumed) {
		// The job had not decided on its calls, so it starts over. A resumed single-user
		// run keeps before, so that calls that are not by ID are reviewed again: messages
		// may have arrived since the confirmation.
		before = deletion.Replay{}
	}
	options := deleting.Options{Width: widthOfMany}
	if r.one != nil {
		options.Width = widthOfOne
	}
	counted := 0
	options.OnProgress = func(p deletion.Progress) {
		if r.one != nil {
			deleting.NoteProgress(r.app, p)
		}
		if p.BackingUp > counted {
			r.meter.messages.Add(int64(p.BackingUp - counted))
			counted = p.BackingUp
		}
	}
	result.Report, err = deleting.Do(ctx, r.app, settings, journal, before, options)
	return result, err
}

// settings are those of one user's job.
func (d *Deletion) settings(ctx context.Context, r *session, j run.Job) (deletion.Settings, error) {
	s := d.Settings
	if !r.intent.Users.Specs {
		s.Job = s.Job.For(j.User)
		return s, nil
	}
	b, err := r.Spec(ctx, j)
	if err != nil {
		return s, err
	}
	var spec spec
	if err := json.Unmarshal(b, &spec); err != nil {
		return s, fault.Wrap(fault.Safety, err, "cannot read the job of %s in the run's file", j.User)
	}
	if spec.Job.User != j.User {
		return s, fault.New(fault.Safety, "the job of %s in the run's file is for %s", j.User, spec.Job.User)
	}
	s.Job, s.Expected = spec.Job, spec.Expected
	return s, nil
}

// setOne makes r a run over one user, whose result show prints; nil prints the
// report.
func (r *session) setOne(show func(deleting.Result) error) {
	if show == nil {
		show = func(result deleting.Result) error { return deleting.Print(r.app, r.intent.DryRun, result) }
	}
	r.one = &oneUser{show: show}
}

func (r *session) setResult(result deleting.Result) {
	if r.one != nil {
		r.one.result = result
	}
}

func (r *session) printOne() error {
	if r.one.result.Report.State == "" {
		return nil // it did not begin
	}
	return r.one.show(r.one.result)
}

// jobState is how the latest process has left the job of a run over one user.
func (r *session) jobState(ctx context.Context) (run.State, error) {
	replay, err := deletion.ReadJournal(r.Journal(r.summary, 1).Events(ctx))
	if err != nil || replay.State == "" {
		return run.Interrupted, err
	}
	return replay.State, nil
}

// callsLeft says what is left of the job of a run over one user.
func (r *session) callsLeft(ctx context.Context) (string, error) {
	settings, err := r.intent.Deletion.settings(ctx, r, run.Job{Seq: 1, User: r.summary.User})
	if err != nil {
		return "", err
	}
	replay, err := deletion.Resume(settings.Job, r.Journal(r.summary, 1).Events(ctx))
	if err != nil {
		return "", err
	}
	if replay.Calls == nil {
		return "nothing was sent yet", nil
	}
	return fmt.Sprintf("%d of %d calls are left", replay.Left(), len(replay.Calls)), nil
}
