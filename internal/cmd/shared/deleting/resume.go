package deleting

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/runs"
)

// Unfinished is a run that is about to be resumed.
type Unfinished struct {
	RunID   string
	Command string
	User    string
	Left    string // what is left of it, in words
}

// Resume finishes a run, once confirm agrees. A run that is done, or that was
// refused, is left alone.
func Resume(ctx context.Context, a *app.App, id string, confirm func(Unfinished) error) (_ *Result, err error) {
	store, err := a.Runs()
	if err != nil {
		return nil, err
	}
	run, err := store.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	var settings deletion.Settings
	if err := run.Intent(&settings); err != nil {
		return nil, err
	}
	replay, err := deletion.ReplayEvents(settings.Job, events(run))
	if err != nil {
		return nil, err
	}
	if replay.State == deletion.Done || replay.State == deletion.Refused {
		a.Note("run %s is %s: there is nothing to resume", run.ID(), replay.State)
		return nil, nil
	}
	w, err := newWorker(ctx, a, settings)
	if err != nil {
		return nil, err
	}
	if err := w.check(ctx, run, replay); err != nil {
		return nil, err
	}
	err = confirm(Unfinished{RunID: run.ID(), Command: settings.Job.Command, User: settings.Job.User, Left: left(replay)})
	if err != nil {
		return nil, err
	}
	report, err := w.work(ctx, run, replay)
	return &Result{Job: settings.Job, Report: report, Err: err}, err
}

// check refuses to go on against another application than the run began with,
// or without the backup that it made.
func (w *worker) check(ctx context.Context, run *runs.Run, replay deletion.Replay) error {
	info, err := run.Info()
	if err != nil {
		return err
	}
	if info.User != w.settings.Job.User {
		return fault.New(fault.Safety, "run %s is said to be about %s, and its intent is about %s", info.ID, info.User, w.settings.Job.User)
	}
	if info.AppKey != w.target.AppKey {
		return fault.New(fault.Safety, "run %s is for App Key %s, and this profile's is %s", info.ID, info.AppKey, w.target.AppKey).
			WithHint("choose the profile that it began with: %s", info.Profile)
	}
	if replay.Backup == nil || replay.Left() == 0 {
		return nil
	}
	return whole(ctx, info.ID, info.User, *replay.Backup)
}

func left(r deletion.Replay) string {
	if r.Calls == nil {
		return "nothing was deleted yet"
	}
	return fmt.Sprintf("%d of %d calls are left", r.Left(), len(r.Calls))
}

func events(run *runs.Run) iter.Seq2[deletion.Event, error] {
	return func(yield func(deletion.Event, error) bool) {
		for e, err := range run.Events() {
			if !yield(deletion.Event{Kind: e.Kind, Data: e.Data}, err) {
				return
			}
		}
	}
}
