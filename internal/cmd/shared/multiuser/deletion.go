package multiuser

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Deletion deletes the same from each user's history.
type Deletion struct {
	Settings deletion.Settings `json:"settings"` // of a part, whose user is left open

	form Form // nil for that of most deletions
}

func (d *Deletion) check(a *app.App) error { return d.printed().check(a) }

// printed is how what became of the parts is printed.
func (d *Deletion) printed() Form {
	if d.form == nil {
		return FormOf(outcomeView(), newOutcomes)
	}
	return d.form
}

// least is what is known before anything is read. Without a backup a user who
// loses everything is one call.
func (d *Deletion) least() map[string]float64 {
	s := d.Settings
	calls := map[string]float64{limiter.FamilyDelete: float64(max(1, len(s.Job.Targets)))}
	if s.Job.All && s.NoBackup {
		return calls
	}
	if s.Job.All || s.Job.Each != nil {
		calls[limiter.FamilyList] = 1
	}
	for _, t := range s.Job.Targets {
		if t.Drop {
			calls[limiter.FamilyUnlist]++
		}
	}
	if !s.NoBackup {
		calls[limiter.FamilyOther]++
	}
	if s.Verify != deletion.VerifyNone {
		calls[limiter.FamilyOther]++
	}
	if s.VerifyList && calls[limiter.FamilyUnlist] > 0 {
		calls[limiter.FamilyList]++
	}
	return calls
}

func (d *Deletion) reads() bool { return false }

func (d *Deletion) ready(context.Context, *run) (func() error, error) { return nothingToHold() }

// carryOut deletes, and prints what became of each user once it is known. Output
// that nobody takes any more stops nothing: what was confirmed is done, and the
// run's ledger tells of it.
func (d *Deletion) carryOut(ctx context.Context, r *run) error {
	show, closeOutput, err := d.printed().begin(r.app)
	if err != nil {
		return err
	}
	e := engine(r, func(ctx context.Context, o ledger.User, emit func([]deleting.Result) error) (ledger.Result, error) {
		result, err := d.one(ctx, r, o)
		result.Err = err
		done := ledger.Result{Conversations: result.Report.Conversations, Messages: result.Report.Accepted + result.Report.AcceptedBefore}
		return done, errors.Join(err, emit([]deleting.Result{result}))
	}, nil)
	e.Found, r.later = show, closeOutput
	err = e.Run(ctx)
	if text := deleting.Uncovered(d.Settings.Job.Command, d.Settings.Coverage()); err == nil && text != "" {
		r.app.Note("%s", text)
	}
	return err
}

// one does one user's part, or what an earlier process has left of it.
func (d *Deletion) one(ctx context.Context, r *run, o ledger.User) (deleting.Result, error) {
	result := deleting.Result{Job: d.Settings.Job.For(o.ID)}
	settings, err := d.settings(ctx, r, o)
	if err != nil {
		return result, err
	}
	result.Job = settings.Job
	journal := r.ledger.Journal(r.ID(), o, func() roaming.Time { return roaming.Millis(r.app.Now().UnixMilli()) })
	before, err := deletion.ReplayEvents(settings.Job, replayed(ctx, journal))
	if err != nil {
		return result, err
	}
	if before.Calls == nil {
		before = deletion.Replay{} // it got nowhere
	}
	counted := 0
	result.Report, err = deleting.Carry(ctx, r.app, settings, journal, before, func(p deletion.Progress) {
		if p.BackingUp > counted {
			r.meter.messages.Add(int64(p.BackingUp - counted))
			counted = p.BackingUp
		}
	})
	return result, err
}

// settings are those of one user's part.
func (d *Deletion) settings(ctx context.Context, r *run, o ledger.User) (deletion.Settings, error) {
	s := d.Settings
	if r.intent.Users.Parts {
		return specified(ctx, r.ledger, s, o)
	}
	s.Job = s.Job.For(o.ID)
	return s, nil
}

func replayed(ctx context.Context, j *ledger.Journal) iter.Seq2[deletion.Event, error] {
	return func(yield func(deletion.Event, error) bool) {
		for e, err := range j.Events(ctx) {
			if !yield(deletion.Event{Kind: e.Kind, Data: e.Data}, err) {
				return
			}
		}
	}
}

// rehearsal is a dry run of a deletion: it prints the requests that would be
// sent, for each user.
type rehearsal struct{ *Deletion }

func (d rehearsal) reads() bool { return true }

func (d rehearsal) carryOut(ctx context.Context, r *run) error {
	opts, err := r.app.Output()
	if err != nil {
		return err
	}
	rehearse := func(ctx context.Context, o ledger.User) (deleting.Result, error) {
		settings, err := d.settings(ctx, r, o)
		if err != nil {
			return deleting.Result{}, err
		}
		return deleting.Rehearse(ctx, r.app, settings)
	}
	if !app.PlainTable(opts) {
		return d.printed().rehearse(ctx, r, rehearse)
	}
	r.app.Note("dry run: no request that deletes was sent; these would be:")
	return engine(r, func(ctx context.Context, o ledger.User, emit func([]app.Request) error) (ledger.Result, error) {
		result, err := rehearse(ctx, o)
		return ledger.Result{}, errors.Join(err, emit(result.Requests))
	}, bulk.PrintFunc[app.Request](func(_ ledger.User, requests []app.Request) error {
		for _, request := range requests {
			if _, err := fmt.Fprintln(r.app.IO.Out, render.Safe(request.String())); err != nil {
				return err
			}
		}
		return nil
	})).Run(ctx)
}

// everyUser is what is typed where nobody knows how many there are.
const everyUser = "every user"

// confirmation is what is asked before a deletion for many: what goes, in
// lines, and from how many.
func (d *Deletion) confirmation(lines []string, s Source, users int, f *deleting.Flags) app.Confirmation {
	whose, word := fmt.Sprintf("%d users", users), strconv.Itoa(users)
	if s.All {
		whose, word = "EVERY USER of the app", everyUser
	}
	lines = append([]string{"This is done to " + whose + ":"}, lines...)
	return app.Confirmation{Lines: append(lines, f.WayBack()), Word: word, Yes: f.Yes}
}
