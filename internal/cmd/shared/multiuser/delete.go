package multiuser

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/run"
)

// Request is a deletion that a command asks for.
type Request struct {
	Users   flags.Users
	Limits  Limits
	Flags   *deleting.Flags
	Job     deletion.Job     // of the user, or the same of each of several, whose user is left open
	Confirm app.Confirmation // for several users, Lines say what each of them loses
	// Print, if not nil, prints the result of one user in place of the report.
	Print func(deleting.Result) error
	// Rows, if not nil, prints the results of several users in place of a row each.
	Rows Rows
}

// Delete plans a deletion, does a dry run, or confirms it and carries it out, as
// its flags say.
func Delete(ctx context.Context, a *app.App, q Request) error {
	several := q.Users.Several()
	if q.Users.RetryFailed != "" {
		var err error
		if q.Users.RetryFailed, err = findRetry(ctx, a, q.Job.Command, q.Users.RetryFailed); err != nil {
			return err
		}
	}
	d := &deletionRun{Request: q, app: a, add: addUsers(a, q.Users)}
	d.intent = Intent{Command: q.Job.Command, Users: source(q.Users)}
	if !several {
		d.add = addJobs([]run.Job{{User: q.Job.User}})
		d.intent.Users.Named = 1
	}
	if several {
		d.Confirm.Lines = append([]string{"This affects EVERY USER of the app:"}, d.Confirm.Lines...)
		d.Confirm.Word = everyUser
		d.count = !q.Users.All
	}
	return d.run(ctx, several)
}

// deletionRun is a deletion before its run begins.
type deletionRun struct {
	Request

	app      *app.App
	intent   Intent
	work     *Deletion
	plan     string            // the digest of the plan to apply; "" without one
	expected []deletion.Frozen // of the only user of the plan
	add      func(context.Context, *run.Run) error
	count    bool // the prompt names the number of users, which is known once they are added
}

func (d *deletionRun) run(ctx context.Context, several bool) error {
	r, err := d.begin(ctx, several)
	if err == nil {
		err = r.prepare(ctx, d.Limits)
		if err != nil {
			err = errors.Join(err, r.Discard())
		}
	}
	if err != nil {
		return d.Flags.Refused(ctx, d.app, d.Job, err)
	}
	return r.finish(ctx, r.do(ctx, d.Limits))
}

// begin confirms the deletion and begins its run.
func (d *deletionRun) begin(ctx context.Context, several bool) (*session, error) {
	if err := d.prepare(ctx, several); err != nil {
		return nil, err
	}
	if !several && !d.intent.DryRun {
		if err := d.confirm(ctx); err != nil {
			return nil, err
		}
	}
	r, err := begin(ctx, d.app, d.summary(several), d.intent, d.add)
	if err != nil {
		return nil, err
	}
	if !several {
		r.setOne(d.Print)
	}
	switch {
	case d.Flags.Plan() != "":
		r.work = planning{d.work, d.Flags}
	case d.Flags.DryRun:
		r.work = dryRun{d.work}
		err = d.explain(ctx, r)
	case several:
		err = d.confirmSeveral(ctx, r)
	}
	if err != nil {
		return nil, errors.Join(err, r.Discard())
	}
	return r, nil
}

// prepare makes the settings of the jobs and refuses what can't be done.
func (d *deletionRun) prepare(ctx context.Context, several bool) error {
	settings, err := d.Flags.Settings(d.app, several, d.Job.Recall != nil)
	if err != nil {
		return err
	}
	settings.Job, settings.Plan = d.Job, d.plan
	planning := d.Flags.Plan() != ""
	if !planning && d.plan == "" {
		svc, err := d.app.Service(ctx)
		if err != nil {
			return err
		}
		if settings, err = settings.Capped(ctx, svc); err != nil {
			return err
		}
		d.Job = settings.Job
	}
	d.work = &Deletion{Settings: settings, rows: d.Rows}
	d.intent.DryRun, d.intent.Deletion = d.Flags.DryRun || planning, d.work
	if several {
		return d.work.check(d.app)
	}
	return nil
}

func (d *deletionRun) summary(several bool) run.Summary {
	s := run.Summary{Command: d.intent.Command, Many: several}
	if !d.intent.DryRun {
		s.Plan = d.work.Settings.Plan
	}
	if !several {
		s.User = d.Job.User
	}
	if t, ok := d.Job.Single(); ok && !several {
		s.Conversation, s.Type = t.Conversation, t.Type
	}
	return s
}

// confirm asks before a deletion for one user. On a terminal it says how much that
// is.
func (d *deletionRun) confirm(ctx context.Context) error {
	c := d.Confirm
	c.Yes = d.Flags.Yes
	if d.app.CanAsk() && !c.Yes {
		settings := d.work.Settings
		settings.Expected = d.expected
		lines, err := deleting.Preview(ctx, d.app, settings)
		if err != nil {
			return err
		}
		c.Lines = append(c.Lines, lines...)
	} else {
		c.Lines = append(c.Lines, d.Flags.RestoreNote())
	}
	return d.app.Confirm(ctx, c)
}

// everyUser is what is typed to confirm a deletion for users whose number is not
// known.
const everyUser = "every user"

// confirmSeveral asks before a deletion for the users whose jobs are in the run.
func (d *deletionRun) confirmSeveral(ctx context.Context, r *session) error {
	c, err := d.severalUsers(ctx, r)
	if err != nil {
		return err
	}
	return d.app.Confirm(ctx, c)
}

func (d *deletionRun) severalUsers(ctx context.Context, r *session) (app.Confirmation, error) {
	c := d.Confirm
	c.Yes = d.Flags.Yes
	c.Lines = append(c.Lines, d.Flags.RestoreNote())
	if !d.count {
		return c, nil
	}
	t, err := r.Totals(ctx)
	c.Lines[0], c.Word = fmt.Sprintf("This affects %d users:", t.Users), strconv.Itoa(t.Users)
	return c, err
}

// explain says what a dry run is about.
func (d *deletionRun) explain(ctx context.Context, r *session) error {
	c := d.Confirm
	if r.one == nil {
		if d.plan != "" {
			return nil // the caller has explained it
		}
		var err error
		if c, err = d.severalUsers(ctx, r); err != nil {
			return err
		}
	}
	return d.app.Explain(ctx, c)
}
