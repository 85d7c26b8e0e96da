package multiuser

import (
	"context"
	"errors"
	"io"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/runs"
	"github.com/roamctl/roamctl/internal/userlist"
)

// addBatch is how many users go into the ledger at once.
const addBatch = 1000

// standardInput stands for the file -.
const standardInput = "standard input"

func source(u flags.Users) Source {
	s := Source{Named: len(u.IDs), File: u.File, All: u.All, RetryOf: u.RetryFailed}
	if s.File == "-" {
		s.File = standardInput
	}
	return s
}

// fill puts the users that the flags name into the ledger, but for those of
// --all-users, who are listed as they are needed.
func fill(ctx context.Context, a *app.App, l *ledger.Ledger, command string, u flags.Users) error {
	b := batch{ledger: l}
	switch {
	case u.File != "":
		if err := fromFile(ctx, a, &b, u); err != nil {
			return err
		}
	case u.RetryFailed != "":
		if err := fromRun(ctx, a, &b, command, u.RetryFailed); err != nil {
			return err
		}
	default:
		for _, id := range u.IDs {
			if err := b.add(ctx, id); err != nil {
				return err
			}
		}
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if again := b.given - b.added; again > 0 {
		a.Note("%s given more than once; once each is enough", render.CountOf(again, "user is", "users are"))
	}
	return nil
}

// batch adds users to a ledger, some at a time.
type batch struct {
	ledger       *ledger.Ledger
	waiting      []ledger.User
	given, added int
}

func (b *batch) add(ctx context.Context, id string) error {
	b.given++
	b.waiting = append(b.waiting, ledger.User{ID: id})
	if len(b.waiting) < addBatch {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	n, err := b.ledger.Add(ctx, b.waiting)
	b.added += n
	b.waiting = b.waiting[:0]
	return err
}

func fromFile(ctx context.Context, a *app.App, b *batch, u flags.Users) error {
	in, name := io.NopCloser(a.IO.In), standardInput
	if u.File != "-" {
		f, err := fsutil.OpenInput(u.File)
		if err != nil {
			return fault.File(fault.Usage, err, "--users-file")
		}
		in, name = f, u.File
	}
	defer in.Close()
	var bad userlist.BadLines
	aside := asides{app: a, ledger: b.ledger}
	for entry, err := range userlist.Read(in, userlist.Options{Name: name, Column: u.Column, Check: func(id string) error { return flags.CheckUser("", id) }}) {
		line, isLine := errors.AsType[*userlist.LineError](err)
		switch {
		case isLine && u.SkipInvalid:
			if err := aside.add(ctx, line); err != nil {
				return err
			}
		case isLine:
			bad.Add(line)
			if bad.Full() {
				return bad.Err()
			}
		case err != nil:
			return err
		case bad.Count() == 0:
			if err := b.add(ctx, entry.User); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(bad.Err(), aside.flush(ctx)); err != nil {
		return err
	}
	if more := aside.told - maxAsides; more > 0 {
		a.Warn("%s set aside", render.CountOf(more, "more line is", "more lines are"))
	}
	if b.given == 0 {
		return fault.New(fault.Usage, "there is no user in %s", name)
	}
	return nil
}

const (
	// maxAsides is how many lines that are set aside are told of one by one.
	maxAsides = 10
	// maxSetAside is how many lines are set aside: a file may be endless.
	maxSetAside = 100_000
)

// asides notes lines that are set aside, some at a time, and tells of them.
type asides struct {
	app     *app.App
	ledger  *ledger.Ledger
	told    int
	waiting []ledger.Aside
}

func (s *asides) add(ctx context.Context, line *userlist.LineError) error {
	if s.told < maxAsides {
		s.app.Warn("set aside: %v", line)
	}
	s.told++
	if s.told > maxSetAside {
		return fault.New(fault.Usage, "more than %d lines of %s are no user IDs", maxSetAside, line.Name).
			WithHint("--skip-invalid is for lists with some bad lines; is it the right file?")
	}
	s.waiting = append(s.waiting, ledger.Aside{Place: line.Place(), Reason: line.Reason()})
	if len(s.waiting) < addBatch {
		return nil
	}
	return s.flush(ctx)
}

func (s *asides) flush(ctx context.Context) error {
	err := s.ledger.SetAside(ctx, s.waiting)
	s.waiting = s.waiting[:0]
	return err
}

// fromRun takes the users who failed in an earlier run of the command.
func fromRun(ctx context.Context, a *app.App, b *batch, command, id string) error {
	j, err := find(ctx, a, command, id)
	if err != nil {
		return err
	}
	l, err := ledger.OpenOf(ctx, j.Dir())
	if err != nil {
		return err
	}
	defer l.Close()
	for _, state := range []ledger.State{ledger.Failed, ledger.Again} {
		for r, err := range l.Users(ctx, state) {
			if err != nil {
				return err
			}
			if err := b.add(ctx, r.ID); err != nil {
				return err
			}
		}
	}
	if b.given == 0 {
		return fault.New(fault.Usage, "no user failed in run %s", j.ID()).
			WithHint("if it was interrupted: roamctl runs resume %s", j.ID())
	}
	return nil
}

// find is the journal of a run of a command over many users.
func find(ctx context.Context, a *app.App, command, id string) (*runs.Journal, error) {
	store, err := a.Runs()
	if err != nil {
		return nil, err
	}
	j, err := store.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if !j.Many() {
		return nil, fault.New(fault.Usage, "run %s is about one user", j.ID()).
			WithHint("finish it with roamctl runs resume %s", j.ID())
	}
	var was Intent
	if err := j.Intent(&was); err != nil {
		return nil, err
	}
	if was.Users.Parts {
		return nil, fault.New(fault.Usage, "run %s had a part of its own for each user", j.ID()).
			WithHint("finish it with roamctl runs resume %s", j.ID())
	}
	if was.Command != command {
		return nil, fault.New(fault.Usage, "run %s was of %s, not of %s", j.ID(), was.Command, command)
	}
	return j, nil
}

// cursorNote is where the listing of all users goes on; listed says that it has
// come to its end.
const (
	cursorNote = "users cursor"
	listed     = "listed"
)

// listing adds users of the app, a page at a time, where an earlier process
// left off.
func listing(a *app.App, l *ledger.Ledger, m *meter) func(ctx context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		at, err := l.Note(ctx, cursorNote)
		if err != nil {
			return false, err
		}
		if at == listed {
			m.found(0, true)
			return false, nil
		}
		directory, err := a.Directory(ctx)
		if err != nil {
			return false, err
		}
		query := roaming.UserQuery{Cursor: roaming.Cursor(at), PageSize: roaming.MaxUsersPage, Limit: roaming.MaxUsersPage}
		for page, err := range directory.Users(ctx, query) {
			if err != nil {
				return false, err
			}
			for _, bad := range page.Bad {
				a.Warn("a user of the list can't be read: %v", bad)
			}
			next := string(page.Next)
			if next == "" {
				next = listed
			}
			users := make([]ledger.User, len(page.Items))
			for i, u := range page.Items {
				users[i].ID = u.ID
			}
			added, err := l.AddPage(ctx, users, cursorNote, next)
			m.found(added, next == listed)
			if err == nil && added == 0 && len(users) > 0 && next != listed {
				// Each page is a listing of its own, which knows nothing of
				// the others: the ledger does.
				err = fault.New(fault.Network, "listing the app's users: the service repeats itself: a page holds only users of earlier pages").
					WithHint("try again, and report it to the vendor if it stays so")
			}
			return next != listed, err
		}
		return false, nil
	}
}
