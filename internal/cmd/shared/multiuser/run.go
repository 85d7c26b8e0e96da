package multiuser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/runs"
)

// Run carries an intent that reads out for the users that the flags name, whose
// checks are the caller's.
func Run(ctx context.Context, a *app.App, u flags.Users, limits Limits, intent Intent) error {
	intent.Bulk, intent.Users = true, source(u)
	if err := intent.job().check(a); err != nil {
		return err
	}
	r, err := startFor(ctx, a, intent, u)
	if err != nil {
		return err
	}
	return r.carryOut(ctx, limits)
}

// startFor begins a run for the users that the flags name.
func startFor(ctx context.Context, a *app.App, intent Intent, u flags.Users) (*run, error) {
	if u.RetryFailed != "" { // it is looked for before there is a run more
		if _, err := find(ctx, a, intent.Command, u.RetryFailed); err != nil {
			return nil, err
		}
	}
	return start(ctx, a, intent, func(ctx context.Context, l *ledger.Ledger) error { return fill(ctx, a, l, intent.Command, u) })
}

// start begins a run once its users are in its ledger. What fails before that,
// or is killed, leaves no run behind.
func start(ctx context.Context, a *app.App, intent Intent, fill func(context.Context, *ledger.Ledger) error) (*run, error) {
	store, err := a.Runs()
	if err != nil {
		return nil, err
	}
	target, err := a.Target(ctx)
	if err != nil {
		return nil, err
	}
	operator, _ := a.Operator()
	summary := runs.Summary{Command: intent.Command, Many: true, Profile: target.Profile, AppKey: target.AppKey, Operator: operator}
	if intent.Deletion != nil && !intent.Fleeting {
		summary.Plan = intent.Deletion.Settings.Plan
	}
	var l *ledger.Ledger
	begun, err := store.Begin(ctx, summary, func(j runs.Journal) (any, error) {
		if l, err = ledger.Open(ctx, ledger.Path(j.Dir())); err != nil {
			return nil, err
		}
		if err = fill(ctx, l); err == nil && !intent.Users.All {
			intent.Users.Digest, err = l.Digest(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		return intent, nil
	})
	if err != nil {
		return nil, err
	}
	return newRun(a, begun, intent, l), nil
}

func newRun(a *app.App, begun *runs.Run, intent Intent, l *ledger.Ledger) *run {
	return &run{Run: begun, app: a, job: intent.job(), ledger: l, intent: intent}
}

// carryOut carries a new run out. One that can't be begun is forgotten.
func (r *run) carryOut(ctx context.Context, limits Limits) error {
	if err := r.prepare(ctx, limits); err != nil {
		return errors.Join(err, r.discard())
	}
	return r.finish(ctx, r.work(ctx, limits))
}

// work carries the run out and says how it went.
func (r *run) work(ctx context.Context, limits Limits) (err error) {
	defer func() { err = errors.Join(err, r.release()) }()
	ctx, stop := limits.apply(ctx, r.limiter)
	defer stop()
	hide, restore := r.show(ctx, limits)
	defer restore()
	r.announce()
	err = r.job.carryOut(ctx, r)
	hide()
	if err != nil {
		return r.stopped(ctx, err)
	}
	r.ended = true
	return r.verdict(context.WithoutCancel(ctx))
}

// prepare makes the service, the pool and the meter, and what the job needs.
func (r *run) prepare(ctx context.Context, limits Limits) error {
	var err error
	if r.limiter, err = r.app.Limiter(ctx); err != nil {
		return err
	}
	var load bulk.Load = r.limiter
	if r.intent.Export != nil {
		load = begunEarly{load}
	}
	r.pool = bulk.NewPool(load, limits.atOnce())
	before, err := r.ledger.Totals(ctx)
	if err != nil {
		return err
	}
	r.meter = newMeter(r.app.Now(), before, r.limiter.Stats().Calls)
	if r.intent.Users.All {
		r.meter.unknown()
		r.more = listing(r.app, r.ledger, r.meter)
	}
	r.release, err = r.job.ready(ctx, r)
	return err
}

// nothingToHold is what most jobs are ready with.
func nothingToHold() (release func() error, err error) { return func() error { return nil }, nil }

// engine does a part for each user; what is found is printed by printer, if
// there is one.
func engine[T any](r *run, do func(context.Context, ledger.User, func([]T) error) (ledger.Result, error), printer bulk.Printer[T]) *bulk.Engine[T] {
	return &bulk.Engine[T]{Ledger: r.ledger, Pool: r.pool, More: r.more, Do: do, Printer: printer, Dir: r.Dir(), Ended: r.meter.ended}
}

// stopped is why a run was not finished, with the way on.
func (r *run) stopped(ctx context.Context, why error) error {
	if cause := context.Cause(ctx); cause != nil {
		why = cause
	}
	resume := fmt.Sprintf("go on with: roamctl runs resume %s", r.ID())
	switch {
	case r.intent.Fleeting:
		resume = "nothing was changed"
	case roaming.IsEnough(why) && r.intent.Export == nil && r.meter.idle():
		resume += ", and let it go further: no user's part came to its end, and each is begun anew"
	}
	f, ok := errors.AsType[*fault.Error](why)
	if !ok {
		return fault.Wrap(fault.KindOf(why), why, "the run was not finished").WithHint("%s", resume)
	}
	told := *f
	switch {
	case told.Hint == "":
		told.Hint = resume
	case !strings.HasSuffix(told.Hint, resume):
		told.Hint += "; " + resume
	}
	return &told
}

// verdict tells of the users who failed.
func (r *run) verdict(ctx context.Context) error {
	totals, err := r.ledger.Totals(ctx)
	if err != nil {
		return err
	}
	var first ledger.UserResult
	shown := 0
	for o, err := range r.ledger.Users(ctx, ledger.Failed) {
		if err != nil {
			return err
		}
		if shown == 0 {
			first = o
		}
		if shown == maxFailures {
			r.app.Warn("%d more users failed; roamctl runs show %s has them all", totals.Failed-shown, r.ID())
			break
		}
		shown++
		r.app.Warn("%s failed: %s", o.ID, o.Error)
	}
	return bulk.Verdict(totals, first, r.again())
}

// again is how the users who failed are tried again.
func (r *run) again() string {
	switch {
	case r.intent.Fleeting:
		return "nothing was changed"
	case r.intent.Users.Plan != "":
		return "try them again with roamctl runs resume " + r.ID() + "; where a history has moved, make a new plan"
	case r.intent.Users.Parts:
		return "try them again with roamctl runs resume " + r.ID()
	default:
		return "try them again with --retry-failed " + r.ID()
	}
}

// maxFailures is how many failed users are told of one by one.
const maxFailures = 20

// finish ends the run in its journal, or forgets it when it has left nothing
// behind that anybody could need.
func (r *run) finish(ctx context.Context, result error) error {
	ctx = context.WithoutCancel(ctx)
	totals, err := r.ledger.Totals(ctx)
	good := result == nil || fault.KindOf(result) == fault.Bug && iostreams.IsBrokenPipe(result) // nobody reads on
	if r.intent.Fleeting || err == nil && good && r.job.reads() {
		return errors.Join(result, err, r.discard())
	}
	end := runs.Finish{State: runs.Done}
	if result != nil {
		end.Error = result.Error()
		switch {
		case !r.ended:
			end.State = runs.Interrupted
		case totals.Done > 0:
			end.State = runs.PartlyDone
		default:
			end.State = runs.Failed
		}
	}
	err = errors.Join(err, r.Append(runs.Finished, end))
	if end.State == runs.Done && r.intent.Export != nil {
		if err := r.ledger.Shrink(ctx); err != nil {
			r.app.Warn("the run's ledger keeps what it needs no more: %v", err)
		}
	}
	err = errors.Join(err, r.close())
	if r.later != nil {
		err = errors.Join(r.later(), err)
	}
	return errors.Join(err, result)
}

// AllListed tells whether all users of the run are in its ledger.
func (i Intent) AllListed(ctx context.Context, l *ledger.Ledger) (bool, error) {
	if !i.Users.All {
		return true, nil
	}
	at, err := l.Note(ctx, cursorNote)
	return at == listed, err
}

// unlisted tells whether there may be users who were not listed yet.
func (r *run) unlisted(ctx context.Context) bool {
	all, err := r.intent.AllListed(ctx, r.ledger)
	return err != nil || !all
}

func (r *run) close() error { return errors.Join(r.ledger.Close(), r.Close()) }

func (r *run) discard() error { return errors.Join(r.ledger.Close(), r.Discard()) }

// elapsed is for people.
func elapsed(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Second / 10).String()
	default:
		return d.Round(time.Second).String()
	}
}
