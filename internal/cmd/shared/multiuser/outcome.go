package multiuser

import (
	"context"
	"errors"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// stopped is why the run stopped before all jobs had ended, with the way to resume
// it.
func (r *session) stopped(ctx context.Context, why error) error {
	if cause := context.Cause(ctx); cause != nil {
		why = cause
	}
	if r.one != nil && r.one.result.Err != nil {
		return r.oneError()
	}
	hint := r.resumeHint()
	switch {
	case r.intent.DryRun:
		hint = "nothing was changed"
	case roaming.IsEnough(why) && r.intent.Export == nil && r.meter.idle():
		hint += " with a higher limit: no user was completed, and each starts over"
	}
	f, ok := errors.AsType[*fault.Error](why)
	if !ok {
		return fault.Wrap(fault.KindOf(why), why, "the run did not finish").WithHint("%s", hint)
	}
	return addHint(f, hint)
}

// resumeHint says how to resume the run.
func (r *session) resumeHint() string { return "to resume: roamctl runs resume " + r.ID() }

// oneError is the error of a run over one user, with the way to resume it if there
// is one; nil for a run that succeeded.
func (r *session) oneError() error {
	err := r.one.result.Err
	if r.intent.DryRun || !r.one.result.Resumable() {
		return err
	}
	f := &fault.Error{Kind: fault.KindOf(err), Hint: fault.HintOf(err), Err: err}
	if cause, ok := errors.AsType[*fault.Error](err); ok {
		f.Scope, f.Status, f.ServiceError = cause.Scope, cause.Status, cause.ServiceError
		f.RequestID, f.NotDone = cause.RequestID, cause.NotDone
	}
	return addHint(f, r.resumeHint())
}

// addHint returns a copy of an error with another hint after its own.
func addHint(f *fault.Error, hint string) error {
	with := *f
	switch {
	case with.Hint == "":
		with.Hint = hint
	case !strings.HasSuffix(with.Hint, hint):
		with.Hint += "; " + hint
	}
	return &with
}

// maxFailures is how many failed users are named.
const maxFailures = 20

// verdict names the users who failed.
func (r *session) verdict(ctx context.Context) error {
	if r.one != nil {
		return r.oneError()
	}
	totals, err := r.Totals(ctx)
	if err != nil {
		return err
	}
	var first run.JobResult
	shown, canRetry := 0, totals.Failed > maxFailures
	for j, err := range r.Jobs(ctx, run.Failed) {
		if err != nil {
			return err
		}
		if shown == 0 {
			first = j
		}
		if shown == maxFailures {
			r.app.Warn("%d more users failed; roamctl runs show %s lists them", totals.Failed-shown, r.ID())
			break
		}
		shown++
		canRetry = canRetry || j.Kind != fault.NotFound
		r.app.Warn("%s failed: %s", j.User, j.Error)
	}
	hint := ""
	if canRetry || r.intent.DryRun {
		hint = r.retryHint()
	}
	if r.intent.Export != nil && first.Kind == fault.Safety {
		hint = "fix the files first, then " + hint
	}
	return engine.Verdict(totals, first, hint)
}

// oneNamed reports whether the run is over one user whom the command line names.
func (r *session) oneNamed() bool { return r.one != nil || r.intent.Users.Named == 1 }

// retryHint says how to retry the users who failed.
func (r *session) retryHint() string {
	switch {
	case r.intent.DryRun:
		return "nothing was changed"
	case r.intent.Users.Plan != "":
		return "retry them with roamctl runs resume " + r.ID() + "; if a history changed, make a new plan"
	case r.intent.Users.Specs:
		return "retry them with roamctl runs resume " + r.ID()
	default:
		return "retry them with --retry-failed " + r.ID()
	}
}

// finish ends the run, or discards it when it is of no more use.
func (r *session) finish(ctx context.Context, result error) error {
	ctx = context.WithoutCancel(ctx)
	totals, err := r.Totals(ctx)
	succeeded := result == nil || fault.KindOf(result) == fault.Bug && iostreams.IsBrokenPipe(result) // nobody reads the output
	if r.intent.DryRun || err == nil && succeeded && r.work.readOnly() {
		return errors.Join(r.printResult(), err, r.Discard(), result)
	}
	end := run.Finish{State: run.Done}
	if result != nil {
		end.Error = result.Error()
	}
	switch {
	case r.one != nil:
		end.State, err = r.jobState(ctx)
	case result != nil && !r.allDone:
		end.State = run.Interrupted
	case result != nil && totals.Done > 0:
		end.State = run.PartlyDone
	case result != nil:
		end.State = run.Failed
	}
	err = errors.Join(err, r.End(end))
	if end.State == run.Done && r.intent.Export != nil {
		if err := r.DropExportTables(ctx); err != nil {
			r.app.Warn("cannot shrink the run's file: %v", err)
		}
		if r.intent.Export.Redact != nil {
			err = errors.Join(err, r.SetNote(ctx, saltNote, ""))
		}
	}
	return errors.Join(err, r.Close(), r.printResult(), result)
}

func (r *session) printResult() error {
	if r.print == nil {
		return nil
	}
	return r.print()
}
