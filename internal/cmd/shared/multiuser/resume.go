package multiuser

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
)

// Resume continues a run: with the jobs that are pending, and then with those that
// failed. A deletion is confirmed first, unless yes is set.
func Resume(ctx context.Context, a *app.App, id string, limits Limits, yes bool) error {
	store, err := a.Runs()
	if err != nil {
		return err
	}
	begun, err := store.Open(ctx, id)
	if err != nil {
		return err
	}
	r := &session{Run: begun, app: a, resumed: true}
	begin, err := r.resume(ctx, limits, yes)
	if err != nil || !begin {
		return errors.Join(err, r.Close())
	}
	return r.finish(ctx, r.do(ctx, limits))
}

// resume prepares the run and reports whether something is left of it.
func (r *session) resume(ctx context.Context, limits Limits, yes bool) (bool, error) {
	if err := r.Intent(ctx, &r.intent); err != nil {
		return false, err
	}
	if err := r.intent.check(); err != nil {
		return false, err
	}
	if r.intent.DryRun {
		return false, fault.New(fault.Safety, "run %s was a dry run; nothing to resume", r.ID()).
			WithHint("start the command again")
	}
	info, err := r.Info(ctx)
	if err != nil {
		return false, err
	}
	r.work, r.summary = r.intent.work(), info.Summary
	if r.intent.Deletion != nil && !info.Many {
		r.setOne(nil)
	}
	if err := r.check(ctx, info); err != nil {
		return false, err
	}
	if info.State == run.Done || info.State == run.Refused {
		r.app.Note("run %s is %s: nothing to resume", info.ID, info.State)
		return false, nil
	}
	if r.intent.Deletion != nil {
		if err := r.confirmResume(ctx, yes); err != nil {
			return false, err
		}
	}
	if err := errors.Join(r.Resume(), r.Retry(ctx)); err != nil {
		return false, err
	}
	return true, r.prepare(ctx, limits)
}

// check refuses output options, another application than the run began with, and
// jobs that are not those of the run's intent.
func (r *session) check(ctx context.Context, info run.Info) error {
	if r.one == nil {
		if err := r.work.check(r.app); err != nil {
			return err
		}
	} else if err := errors.Join(deleting.CheckOutput(r.app), r.checkUser(ctx)); err != nil {
		return err
	}
	target, err := r.app.Target(ctx)
	if err != nil {
		return err
	}
	if info.AppKey != target.AppKey {
		return fault.New(fault.Safety, "run %s is for App Key %s, and this profile's is %s", info.ID, info.AppKey, target.AppKey).
			WithHint("use the profile that the run was started with: %s", info.Profile)
	}
	if r.intent.Users.All {
		return nil
	}
	digest, err := r.Digest(ctx)
	if err == nil && digest != r.intent.Users.Digest {
		err = fault.New(fault.Safety, "cannot resume run %s: its file has other users than it was started with", r.ID()).
			WithHint("start the command again")
	}
	return err
}

// checkUser refuses a run whose job is not about the user whose run it is.
func (r *session) checkUser(ctx context.Context) error {
	job, err := r.Job(ctx, 1)
	if err != nil {
		return fault.Wrap(fault.Safety, err, "cannot resume run %s", r.ID())
	}
	user := job.User
	if intended := r.intent.Deletion.Settings.Job.User; user == r.summary.User && !r.intent.Users.Specs {
		user = intended
	}
	if user != r.summary.User {
		return fault.New(fault.Safety, "run %s is for user %s, but its job is for %s", r.ID(), r.summary.User, user)
	}
	return nil
}

// confirmResume asks before it resumes a deletion.
func (r *session) confirmResume(ctx context.Context, yes bool) error {
	c := app.Confirmation{Yes: yes}
	if r.one != nil {
		left, err := r.callsLeft(ctx)
		if err != nil {
			return err
		}
		c.Word = r.summary.User
		c.Lines = []string{fmt.Sprintf("This resumes run %s: %s of %s, %s.", r.ID(), r.summary.Command, r.summary.User, left)}
		return r.app.Confirm(ctx, c)
	}
	t, err := r.Totals(ctx)
	if err != nil {
		return err
	}
	left := fmt.Sprintf("%d of %s are done, %d failed", t.Done, render.Count(t.Users, "user"), t.Failed)
	c.Word = strconv.Itoa(t.Users - t.Done)
	if !r.allListed(ctx) {
		left += ", and not all are listed yet"
		c.Word = everyUser
	}
	c.Lines = []string{fmt.Sprintf("This resumes run %s: %s; %s.", r.ID(), r.intent.Command, left)}
	return r.app.Confirm(ctx, c)
}
