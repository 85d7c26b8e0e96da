package multiuser

import (
	"context"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

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
