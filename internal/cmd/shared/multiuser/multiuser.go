// Package multiuser carries commands out for many users: it finds the users, says
// beforehand what it will take, shows how far it is, and leaves a run behind
// that can be explained, resumed, and tried again for the users who failed.
package multiuser

import (
	"context"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/runs"
)

// Intent is what a run was told: enough to go on with it.
type Intent struct {
	// Bulk tells such an intent from that of one user's deletion.
	Bulk    bool   `json:"bulk"`
	Command string `json:"command"`
	Users   Source `json:"users"`
	// Fleeting tells of a dry run, or of one that only writes a plan: there is
	// nothing to go on with.
	Fleeting bool `json:"fleeting,omitempty"`

	List     *List     `json:"list,omitempty"`
	Fetch    *Fetch    `json:"fetch,omitempty"`
	Export   *Export   `json:"export,omitempty"`
	Deletion *Deletion `json:"deletion,omitempty"`
}

// Source is where a run's users come from.
type Source struct {
	Named   int    `json:"named,omitempty"`    // so many were named on the command line
	File    string `json:"file,omitempty"`     // its path, or "standard input"
	All     bool   `json:"all,omitempty"`      // every user of the app
	RetryOf string `json:"retry_of,omitempty"` // the run whose failed users they are
	Plan    string `json:"plan,omitempty"`     // the path of the plan that names them
	// Parts tells that what is done differs from user to user: the ledger has
	// each user's part.
	Parts bool `json:"parts,omitempty"`
	// Digest is of the users and their parts, as the ledger had them when the
	// run began; "" with All, where they are listed on demand.
	Digest string `json:"digest,omitempty"`
}

// job is what a run does for each of its users.
type job interface {
	// check refuses output options before anything is done.
	check(a *app.App) error
	// least is how many calls of each family one user takes at least.
	least() map[string]float64
	// reads tells that nothing but the output is left behind: a run that has
	// come to a good end need not be kept.
	reads() bool
	// ready makes sure, before anything is done, that it can be. release is
	// called at the end.
	ready(ctx context.Context, r *run) (release func() error, err error)
	// carryOut does it, for the users of the run's ledger that wait.
	carryOut(ctx context.Context, r *run) error
}

// run is a run that this process carries out.
type run struct {
	*runs.Run

	app     *app.App
	job     job
	ledger  *ledger.Ledger
	pool    *bulk.Pool
	limiter *limiter.Limiter
	intent  Intent
	meter   *meter
	more    func(ctx context.Context) (bool, error) // adds users; nil: all are there
	release func() error                            // of what the job holds while it is carried out
	later   func() error                            // prints a result at the end; nil: there is none
	ended   bool                                    // all users had their turn, and what comes after them is done
}

// mostAtOnce bounds the users that are worked on at a time, those among them
// who wait for a limit of their own.
const mostAtOnce = 1000

// check refuses an intent that no run of this version has: an invented one must
// not begin anything.
func (i Intent) check() error {
	jobs := 0
	for _, there := range []bool{i.List != nil, i.Fetch != nil, i.Export != nil, i.Deletion != nil} {
		if there {
			jobs++
		}
	}
	if !i.Bulk || jobs != 1 {
		return fault.New(fault.Safety, "the run's intent can't be read").
			WithHint("another version of roamctl may have written it")
	}
	return nil
}

// job is what is to be done.
func (i Intent) job() job {
	switch {
	case i.List != nil:
		return i.List
	case i.Fetch != nil:
		return i.Fetch
	case i.Export != nil:
		return i.Export
	default:
		return i.Deletion
	}
}
