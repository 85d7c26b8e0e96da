package multiuser

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/runs"
)

// Resume goes on with a run over many users: with those whose part waits, and
// again with those who failed. What deletes is confirmed first, unless yes.
func Resume(ctx context.Context, a *app.App, id string, limits Limits, yes bool) error {
	store, err := a.Runs()
	if err != nil {
		return err
	}
	begun, err := store.Open(ctx, id)
	if err != nil {
		return err
	}
	var intent Intent
	if err := begun.Intent(&intent); err != nil {
		return errors.Join(err, begun.Close())
	}
	if err := intent.check(); err != nil {
		return errors.Join(err, begun.Close())
	}
	if intent.Fleeting {
		err := fault.New(fault.Safety, "run %s was to change nothing, so there is nothing to go on with", begun.ID()).
			WithHint("start the command again")
		return errors.Join(err, begun.Close())
	}
	if err := intent.job().check(a); err != nil {
		return errors.Join(err, begun.Close())
	}
	l, err := ledger.OpenOf(ctx, begun.Dir())
	if err != nil {
		return errors.Join(err, begun.Close())
	}
	r := newRun(a, begun, intent, l)
	left, err := r.resumable(ctx)
	if err != nil || left == "" {
		return errors.Join(err, r.close())
	}
	if intent.Deletion != nil {
		if err := r.confirm(ctx, left, yes); err != nil {
			return errors.Join(err, r.close())
		}
	}
	if err := r.ledger.Retry(ctx); err != nil {
		return errors.Join(err, r.close())
	}
	if err := r.prepare(ctx, limits); err != nil {
		return errors.Join(err, r.close())
	}
	return r.finish(ctx, r.work(ctx, limits))
}

// resumable says what is left of a run, in words; "" when nothing is.
func (r *run) resumable(ctx context.Context) (string, error) {
	info, err := r.Info()
	if err != nil {
		return "", err
	}
	target, err := r.app.Target(ctx)
	if err != nil {
		return "", err
	}
	if info.AppKey != target.AppKey {
		return "", fault.New(fault.Safety, "run %s is for App Key %s, and this profile's is %s", info.ID, info.AppKey, target.AppKey).
			WithHint("choose the profile that it began with: %s", info.Profile)
	}
	if err := r.within(ctx); err != nil {
		return "", err
	}
	if info.State == runs.Done {
		r.app.Note("run %s is done: there is nothing to resume", info.ID)
		return "", nil
	}
	t, err := r.ledger.Totals(ctx)
	if err != nil {
		return "", err
	}
	left := fmt.Sprintf("%d of %s are done, %d failed", t.Done, render.Count(t.Users, "user"), t.Failed)
	if r.unlisted(ctx) {
		left += ", and not all are listed yet"
	}
	return left, nil
}

// within refuses a ledger whose users, or what is to be done for them, are not
// those that the run began with: the journal's intent decides.
func (r *run) within(ctx context.Context) error {
	if r.intent.Users.All {
		return nil
	}
	digest, err := r.ledger.Digest(ctx)
	if err == nil && digest != r.intent.Users.Digest {
		err = fault.New(fault.Safety, "run %s can't resume: its ledger does not have the users that it began with", r.ID()).
			WithHint("start the command again")
	}
	return err
}

// confirm asks before a deletion goes on.
func (r *run) confirm(ctx context.Context, left string, yes bool) error {
	t, err := r.ledger.Totals(ctx)
	if err != nil {
		return err
	}
	word := strconv.Itoa(t.Users - t.Done)
	if r.unlisted(ctx) {
		word = everyUser
	}
	return r.app.Confirm(ctx, app.Confirmation{
		Lines: []string{fmt.Sprintf("This goes on with run %s: %s; %s.", r.ID(), r.intent.Command, left)},
		Word:  word,
		Yes:   yes,
	})
}
