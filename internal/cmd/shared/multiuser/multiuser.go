// Package multiuser carries commands out as runs with a job for each user: it adds
// the users, says beforehand what it will take, shows progress, and leaves a run
// behind that can be explained, resumed, and retried for the users who failed. A
// deletion for one user is a run with one job.
package multiuser

import (
	"context"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// Intent has the request of a run: enough to resume it.
type Intent struct {
	Command string `json:"command"`
	Users   Source `json:"users"`
	// DryRun marks a run that can't be resumed: a dry run, or one that only writes
	// a plan.
	DryRun bool `json:"dry_run,omitempty"`

	// One of these is set.
	List     *List     `json:"list,omitempty"`
	Fetch    *Fetch    `json:"fetch,omitempty"`
	Export   *Export   `json:"export,omitempty"`
	Sync     *Sync     `json:"sync,omitempty"`
	Deletion *Deletion `json:"deletion,omitempty"`
}

// Source is where the users of a run come from.
type Source struct {
	Named   int    `json:"named,omitempty"`    // so many on the command line
	File    string `json:"file,omitempty"`     // its path, or "standard input"
	All     bool   `json:"all,omitempty"`      // every user of the app
	RetryOf string `json:"retry_of,omitempty"` // the run whose failed users they are
	Plan    string `json:"plan,omitempty"`     // the path of the plan that names them
	// Specs is set when each job has a spec of its own.
	Specs bool `json:"specs,omitempty"`
	// Digest is over the jobs when the run began; "" with All, which lists the users
	// on demand.
	Digest string `json:"digest,omitempty"`
}

// work is what a run does for each of its users.
type work interface {
	// check refuses output options before anything is done.
	check(a *app.App) error
	// minCalls is how many calls of each family one user takes at least.
	minCalls() map[string]float64
	// readOnly reports whether the run leaves nothing behind but its output, so that
	// it is discarded once it has succeeded.
	readOnly() bool
	// prepare makes sure that the work can begin. Release is called at the end.
	prepare(ctx context.Context, r *session) (release func() error, err error)
	// do does the jobs of the run that wait.
	do(ctx context.Context, r *session) error
}

// session is a run that this process carries out.
type session struct {
	*run.Run

	app     *app.App
	intent  Intent
	summary run.Summary
	work    work
	resumed bool
	one     *oneUser // nil for several users

	pool    *engine.Pool
	limiter *limiter.Limiter
	meter   *meter
	more    func(ctx context.Context) (bool, error) // adds jobs; nil when all are added
	release func() error                            // releases what the work has prepared
	print   func() error                            // prints a result at the end; nil for none
	allDone bool                                    // all jobs have ended, and what follows them is done
}

// oneUser is what a run over one user does differently: it prints the report of
// its job.
type oneUser struct {
	show   func(deleting.Result) error // prints it
	result deleting.Result
}

// maxJobs bounds the jobs that are done at a time, those that wait for the limit of
// their user included.
const maxJobs = 1000

// check refuses an intent that this version never writes: it must not begin
// anything.
func (i Intent) check() error {
	n := 0
	for _, set := range []bool{i.List != nil, i.Fetch != nil, i.Export != nil, i.Sync != nil, i.Deletion != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return fault.New(fault.Safety, "cannot read the run's intent").
			WithHint("another version of roamctl may have written it")
	}
	return nil
}

func (i Intent) work() work {
	switch {
	case i.List != nil:
		return i.List
	case i.Fetch != nil:
		return i.Fetch
	case i.Export != nil:
		return i.Export
	case i.Sync != nil:
		return i.Sync
	default:
		return i.Deletion
	}
}

// AllListed reports whether the run has a job for all of its users.
func (i Intent) AllListed(ctx context.Context, r *run.Run) (bool, error) {
	if !i.Users.All {
		return true, nil
	}
	at, err := r.Note(ctx, cursorNote)
	return at == endOfList, err
}
