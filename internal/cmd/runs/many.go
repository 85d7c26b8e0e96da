package runs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/runs"
)

// manyStory is what a run over many users tells.
type manyStory struct {
	runs.Info

	Users ledger.Totals `json:"users"`
	// AllListed tells whether all users of the run are known: with --all-users
	// they are listed on demand.
	AllListed bool `json:"all_listed"`
	// Coverage is how much of each user's history the run reaches, if it deletes.
	Coverage deletion.Coverage `json:"coverage,omitempty"`
	Failures []userStory       `json:"failures"` // the first of them; --users has all
	Asides   []ledger.Aside    `json:"asides"`   // likewise
	Error    string            `json:"error,omitempty"`
	Next     string            `json:"next"`

	dryRun bool // or one that was to write a plan
	parts  bool // what is done differs from user to user
}

// userStory is what became of one user.
type userStory struct {
	RunID         string       `json:"run_id"` // of this part, for runs show and restore
	User          string       `json:"user"`
	State         ledger.State `json:"state"`
	Conversations int          `json:"conversations"`
	Messages      int          `json:"messages"`
	Error         string       `json:"error"`
}

func usersView() render.View[userStory] {
	return render.View[userStory]{Columns: []render.Column[userStory]{
		render.Text("run_id", func(u userStory) string { return u.RunID }).WithSpare(1),
		render.Text("user", func(u userStory) string { return u.User }),
		render.Text("state", func(u userStory) string { return string(u.State) }),
		{Name: "conversations", Default: true, Right: true, Spare: 3, Cell: func(u userStory, _ render.Env) string { return strconv.Itoa(u.Conversations) }},
		{Name: "messages", Default: true, Right: true, Spare: 2, Cell: func(u userStory, _ render.Env) string { return strconv.Itoa(u.Messages) }},
		{Name: "error", Default: true, Flex: true, Cell: func(u userStory, _ render.Env) string { return u.Error }},
	}}
}

func userOf(run string, r ledger.UserResult) userStory {
	return userStory{
		RunID: ledger.PartID(run, r.Seq), User: r.ID, State: r.State,
		Conversations: r.Conversations, Messages: r.Messages, Error: r.Error,
	}
}

// maxShown is how many failed users, and lines that were set aside, are told of
// one by one.
const maxShown = 20

// showMany explains a run over many users.
func showMany(ctx context.Context, a *app.App, j *runs.Journal) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if err := render.Check(a.IO, opts, manyView()); err != nil {
		return err
	}
	l, err := ledger.OpenOf(ctx, j.Dir())
	if err != nil {
		return err
	}
	s, err := tellMany(ctx, j, l)
	if err = errors.Join(err, l.Close()); err != nil {
		return err
	}
	at := func(t time.Time) string { return a.ShowTime(t.In(opts.Location)) }
	return app.Report(a, opts, manyView(), s, func() {
		for _, line := range s.lines(at) {
			fmt.Fprintln(a.IO.Out, render.Safe(line))
		}
	})
}

func tellMany(ctx context.Context, j *runs.Journal, l *ledger.Ledger) (s manyStory, err error) {
	s.Failures, s.Asides = []userStory{}, []ledger.Aside{}
	if s.Info, err = j.Info(); err != nil {
		return s, err
	}
	var intent multiuser.Intent
	if err := j.Intent(&intent); err != nil {
		return s, err
	}
	s.dryRun, s.parts = intent.Fleeting, intent.Users.Parts
	if intent.Deletion != nil {
		s.Coverage = intent.Deletion.Settings.Coverage()
	}
	if s.AllListed, err = intent.AllListed(ctx, l); err != nil {
		return s, err
	}
	if s.Users, err = l.Totals(ctx); err != nil {
		return s, err
	}
	if s.Failures, err = first(s.Failures, l.Users(ctx, ledger.Failed), func(r ledger.UserResult) userStory { return userOf(s.ID, r) }); err != nil {
		return s, err
	}
	if s.Asides, err = first(s.Asides, l.Asides(ctx), func(a ledger.Aside) ledger.Aside { return a }); err != nil {
		return s, err
	}
	for e, err := range j.Events() {
		if err != nil {
			return s, err
		}
		var f runs.Finish
		if e.Kind == runs.Finished {
			if err := e.Into(&f); err != nil {
				return s, err
			}
			s.Error = f.Error
		}
	}
	s.Next = s.next()
	return s, nil
}

// first collects the first of many items.
func first[T, S any](into []S, items iter.Seq2[T, error], of func(T) S) ([]S, error) {
	for item, err := range items {
		if err != nil {
			return into, err
		}
		if into = append(into, of(item)); len(into) == maxShown {
			break
		}
	}
	return into, nil
}

// listUsers lists what became of each user of a run.
func listUsers(ctx context.Context, a *app.App, j *runs.Journal, state ledger.State) error {
	listing := app.Listing[userStory]{View: usersView()}
	var l *ledger.Ledger
	err := listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[userStory], error], error) {
		var err error
		if l, err = ledger.OpenOf(ctx, j.Dir()); err != nil {
			return nil, err
		}
		return app.Pages(a, func(yield func(userStory, error) bool) {
			for r, err := range l.Users(ctx, state) {
				if !yield(userOf(j.ID(), r), err) {
					return
				}
			}
		}), nil
	})
	if l != nil {
		err = errors.Join(err, l.Close())
	}
	return err
}

// showPart explains one user's part of a run over many.
func showPart(ctx context.Context, a *app.App, j *runs.Journal, id string, seq int64) error {
	l, err := ledger.OpenOf(ctx, j.Dir())
	if err != nil {
		return err
	}
	s, err := tellPart(ctx, j, l, id, seq)
	if err = errors.Join(err, l.Close()); err != nil {
		return err
	}
	return printStory(a, s)
}

func manyView() render.View[manyStory] {
	number := func(name string, n func(manyStory) int) render.Column[manyStory] {
		return render.Text(name, func(s manyStory) string { return strconv.Itoa(n(s)) })
	}
	columns := []render.Column[manyStory]{}
	for _, c := range View().Columns {
		columns = append(columns, render.Column[manyStory]{
			Name: c.Name, Header: c.Header, Default: true,
			Cell: func(s manyStory, e render.Env) string { return c.Cell(s.Info, e) },
		})
	}
	return render.View[manyStory]{Columns: append(columns,
		number("users", func(s manyStory) int { return s.Users.Users }),
		number("done", func(s manyStory) int { return s.Users.Done }),
		number("failed", func(s manyStory) int { return s.Users.Failed }),
		number("pending", func(s manyStory) int { return s.Users.Pending }),
		number("conversations", func(s manyStory) int { return s.Users.Conversations }),
		number("messages", func(s manyStory) int { return s.Users.Messages }),
		number("set_aside", func(s manyStory) int { return s.Users.SetAside }),
		render.Text("next", func(s manyStory) string { return s.Next }),
	)}
}
