package multiuser

import (
	"context"
	"errors"
	"io"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/userlist"
)

// addBatch is how many jobs are added at once.
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

// addUsers returns what adds a job for each user that the flags name. Those of
// --all-users are added while the run is carried out.
func addUsers(a *app.App, u flags.Users) func(context.Context, *run.Run) error {
	return func(ctx context.Context, r *run.Run) error {
		b := batch{run: r}
		var err error
		switch {
		case u.File != "":
			err = addFile(ctx, a, &b, u)
		case u.RetryFailed != "":
			err = addFailed(ctx, a, &b, u.RetryFailed)
		default:
			for _, id := range u.IDs {
				if err = b.add(ctx, id); err != nil {
					break
				}
			}
		}
		if err == nil {
			err = b.flush(ctx)
		}
		if again := b.given - b.added; again > 0 && err == nil {
			a.Note("%s given more than once and processed once", render.CountOf(again, "user is", "users are"))
		}
		return err
	}
}

// batch adds jobs to a run, some at a time.
type batch struct {
	run          *run.Run
	jobs         []run.Job
	given, added int
}

func (b *batch) add(ctx context.Context, id string) error {
	b.given++
	b.jobs = append(b.jobs, run.Job{User: id})
	if len(b.jobs) < addBatch {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	n, err := b.run.Add(ctx, b.jobs)
	b.added += n
	b.jobs = b.jobs[:0]
	return err
}

func addFile(ctx context.Context, a *app.App, b *batch, u flags.Users) error {
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
	skipped := skippedLines{app: a, run: b.run}
	for entry, err := range userlist.Read(in, userlist.Options{Name: name, Column: u.Column, Check: func(id string) error { return flags.CheckUser("", id) }}) {
		line, isLine := errors.AsType[*userlist.LineError](err)
		switch {
		case isLine && u.SkipInvalid:
			if err := skipped.add(ctx, line); err != nil {
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
			if err := b.add(ctx, entry.ID); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(bad.Err(), skipped.flush(ctx)); err != nil {
		return err
	}
	if more := skipped.count - maxNamedLines; more > 0 {
		a.Warn("skipped %s", render.Count(more, "more line"))
	}
	if b.given == 0 {
		return fault.New(fault.Usage, "there is no user in %s", name)
	}
	return nil
}

const (
	// maxNamedLines is how many lines that are skipped are named.
	maxNamedLines = 10
	// maxSkipped is how many lines are skipped: a file may be endless.
	maxSkipped = 100_000
)

// skippedLines stores lines that are skipped, some at a time, and names the first.
type skippedLines struct {
	app   *app.App
	run   *run.Run
	count int
	lines []run.SkippedLine
}

func (s *skippedLines) add(ctx context.Context, line *userlist.LineError) error {
	if s.count < maxNamedLines {
		s.app.Warn("skipped %v", line)
	}
	s.count++
	if s.count > maxSkipped {
		return fault.New(fault.Usage, "%s has more than %d invalid user IDs", line.Name, maxSkipped).
			WithHint("check that it is the right file; --skip-invalid accepts only some bad lines")
	}
	s.lines = append(s.lines, run.SkippedLine{Place: line.Place(), Reason: line.Reason()})
	if len(s.lines) < addBatch {
		return nil
	}
	return s.flush(ctx)
}

func (s *skippedLines) flush(ctx context.Context) error {
	err := s.run.AddSkipped(ctx, s.lines)
	s.lines = s.lines[:0]
	return err
}

// findRetry returns the whole ID of the run that --retry-failed names, which must be
// of the same command. It is called before there is another run.
func findRetry(ctx context.Context, a *app.App, command, id string) (string, error) {
	store, err := a.Runs()
	if err != nil {
		return "", err
	}
	old, _, err := store.Find(ctx, id)
	if err != nil {
		return "", err
	}
	defer old.Close()
	var was Intent
	if err := old.Intent(ctx, &was); err != nil {
		return "", err
	}
	if was.Users.Specs {
		return "", fault.New(fault.Usage, "run %s has a different job for each user", old.ID()).
			WithHint("retry them with roamctl runs resume %s", old.ID())
	}
	if was.Command != command {
		return "", fault.New(fault.Usage, "run %s executed %s, not %s", old.ID(), was.Command, command)
	}
	return old.ID(), nil
}

// addFailed adds the users who failed in an earlier run.
func addFailed(ctx context.Context, a *app.App, b *batch, id string) error {
	store, err := a.Runs()
	if err != nil {
		return err
	}
	old, _, err := store.Find(ctx, id)
	if err != nil {
		return err
	}
	defer old.Close()
	for _, state := range []run.State{run.Failed, run.AwaitingRetry} {
		for j, err := range old.Jobs(ctx, state) {
			if err != nil {
				return err
			}
			if err := b.add(ctx, j.User); err != nil {
				return err
			}
		}
	}
	if b.given == 0 {
		return fault.New(fault.Usage, "no user failed in run %s", old.ID()).
			WithHint("if it was interrupted, resume it with roamctl runs resume %s", old.ID())
	}
	return nil
}

// cursorNote is the note with the cursor of the listing of all users, or endOfList.
const (
	cursorNote = "users cursor"
	endOfList  = "listed"
)

// listUsers adds the users of the app, a page at a time, from where an earlier
// process stopped.
func listUsers(a *app.App, db *run.DB, m *meter) func(ctx context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		at, err := db.Note(ctx, cursorNote)
		if err != nil {
			return false, err
		}
		if at == endOfList {
			m.listed(0, true)
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
				a.Warn("cannot read a user of the list: %v", bad)
			}
			next := string(page.Next)
			if next == "" {
				next = endOfList
			}
			users := make([]run.Job, len(page.Items))
			for i, u := range page.Items {
				users[i].User = u.ID
			}
			added, err := db.AddPage(ctx, users, cursorNote, next)
			m.listed(added, next == endOfList)
			if err == nil && added == 0 && len(users) > 0 && next != endOfList {
				// Each page is a listing of its own, so only the run's file knows the
				// earlier pages.
				err = fault.New(fault.Network, "listing the app's users: the service returned only users of earlier pages").
					WithHint("retry; if it fails again, report it to the vendor")
			}
			return next != endOfList, err
		}
		return false, nil
	}
}
