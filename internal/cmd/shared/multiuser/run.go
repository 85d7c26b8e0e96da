package multiuser

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// Run carries out an intent that reads, for the users that the flags name. The
// caller has checked the flags.
func Run(ctx context.Context, a *app.App, u flags.Users, limits Limits, intent Intent) error {
	if err := intent.work().check(a); err != nil {
		return err
	}
	var err error
	if u.RetryFailed != "" {
		if u.RetryFailed, err = findRetry(ctx, a, intent.Command, u.RetryFailed); err != nil {
			return err
		}
	}
	intent.Users = source(u)
	r, err := begin(ctx, a, run.Summary{Command: intent.Command, Many: true}, intent, addUsers(a, u))
	if err != nil {
		return err
	}
	if err := r.prepare(ctx, limits); err != nil {
		return errors.Join(err, r.Discard())
	}
	return r.finish(ctx, r.do(ctx, limits))
}

// begin begins a run once add has added its jobs. When that fails, or the process
// is killed before, there is no run.
func begin(ctx context.Context, a *app.App, s run.Summary, intent Intent, add func(context.Context, *run.Run) error) (*session, error) {
	store, err := a.Runs()
	if err != nil {
		return nil, err
	}
	target, err := a.Target(ctx)
	if err != nil {
		return nil, err
	}
	s.Profile, s.AppKey = target.Profile, target.AppKey
	s.Operator, _ = a.Operator()
	begun, err := store.Begin(ctx, s, func(r *run.Run) (any, error) {
		err := add(ctx, r)
		if err == nil && intent.Export != nil {
			err = r.AddExportTables(ctx)
		}
		if err == nil && !intent.Users.All {
			intent.Users.Digest, err = r.Digest(ctx)
		}
		return intent, err
	})
	if err != nil {
		return nil, err
	}
	return &session{Run: begun, app: a, intent: intent, summary: s, work: intent.work()}, nil
}

// prepare makes the pool and the meter, and prepares the work.
func (r *session) prepare(ctx context.Context, limits Limits) error {
	var err error
	if r.limiter, err = r.app.Limiter(ctx); err != nil {
		return err
	}
	var load engine.Load = r.limiter
	if r.intent.Export != nil {
		load = eagerLoad{load}
	}
	r.pool = engine.NewPool(load, limits.maxJobs())
	before, err := r.Totals(ctx)
	if err != nil {
		return err
	}
	r.meter = newMeter(r.app.Now(), before, r.limiter.Stats().Calls)
	if r.intent.Users.All {
		r.meter.unknownTotal()
		r.more = listUsers(r.app, r.DB, r.meter)
	}
	r.release, err = r.work.prepare(ctx, r)
	return err
}

// nothingToRelease is what prepare returns for most work.
func nothingToRelease() (release func() error, err error) { return func() error { return nil }, nil }

// do does the jobs and says how they went.
func (r *session) do(ctx context.Context, limits Limits) (err error) {
	defer func() { err = errors.Join(err, r.release()) }()
	ctx, stop := limits.apply(ctx, r.limiter)
	defer stop()
	hide, restore := r.show(ctx, limits)
	defer restore()
	r.announce(limits)
	err = r.work.do(ctx, r)
	hide()
	if err != nil {
		return r.stopped(ctx, err)
	}
	r.allDone = true
	return r.verdict(context.WithoutCancel(ctx))
}

// newEngine returns the engine that does the jobs of a run.
func newEngine[T any](r *session, do func(context.Context, run.Job, func([]T) error) (run.Result, error), printer engine.Printer[T]) *engine.Engine[T] {
	return &engine.Engine[T]{DB: r.DB, Pool: r.pool, More: r.more, Do: do, Printer: printer, Dir: r.Dir(), OnEnd: r.meter.end}
}

// allListed reports whether there is a job for every user of the run.
func (r *session) allListed(ctx context.Context) bool {
	all, err := r.intent.AllListed(ctx, r.Run)
	return err == nil && all
}
