package runs

import (
	"context"
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/runs"
)

// lines tell the story to people; at shows a time.
func (s *manyStory) lines(at func(time.Time) string) []string {
	u := s.Users
	out := []string{
		fmt.Sprintf("Run %s: %s", s.ID, s.State),
		fmt.Sprintf("  %s of many users, by %s", s.Command, s.Operator),
		fmt.Sprintf("  profile %s, App Key %s", s.Profile, s.AppKey),
		fmt.Sprintf("  started %s, last heard of %s", at(s.Started.Time), at(s.Updated.Time)),
		"What happened:",
		fmt.Sprintf("  of %s: %d done, %d failed, %d not yet", s.users(), u.Done, u.Failed, u.Pending),
		fmt.Sprintf("  %s of %s", render.Count(u.Messages, "message"), render.Count(u.Conversations, "conversation")),
	}
	for _, f := range s.Failures {
		out = append(out, fmt.Sprintf("    %s (%s): %s", f.User, f.RunID, f.Error))
	}
	if more := u.Failed - len(s.Failures); more > 0 {
		out = append(out, fmt.Sprintf("    and %d more: roamctl runs show %s --users --state failed", more, s.ID))
	}
	if u.SetAside > 0 {
		out = append(out, fmt.Sprintf("  %s of the file of users set aside:", render.Count(u.SetAside, "line")))
	}
	for _, a := range s.Asides {
		out = append(out, fmt.Sprintf("    %s: %s", a.Place, a.Reason))
	}
	if s.Error != "" {
		out = append(out, "  it ended with an error: "+s.Error)
	}
	if text := deleting.Uncovered(s.Command, s.Coverage); text != "" {
		out = append(out, "  "+text)
	}
	return append(out, "What is left:", "  "+s.Next)
}

// users counts the run's users, as far as they are known.
func (s *manyStory) users() string {
	if s.AllListed {
		return render.Count(s.Users.Users, "user")
	}
	return render.Count(s.Users.Users, "user") + " listed so far"
}

// next says what is left and what does it.
func (s *manyStory) next() string {
	resume := fmt.Sprintf("roamctl runs resume %s", s.ID)
	switch {
	case s.State == runs.Running:
		return "a process is carrying it out: let it end; kill -USR1 has it say how far it is"
	case s.State == runs.Done:
		return "nothing"
	case s.dryRun:
		return "nothing: it was a dry run or wrote a plan, so nothing was deleted; start the command again"
	case s.Users.Pending > 0 || s.State == runs.Interrupted:
		next := fmt.Sprintf("%s continues with %s", resume, render.Count(s.Users.Pending, "user"))
		if !s.AllListed {
			next += " and all that are not listed yet"
		}
		if s.Users.Failed > 0 {
			next += fmt.Sprintf(", and then tries the %d again who failed", s.Users.Failed)
		}
		return next
	case s.parts:
		return fmt.Sprintf("%s tries %s again", resume, render.Count(s.Users.Failed, "user"))
	default:
		return fmt.Sprintf("%s tries %s again; so does the command itself, with --retry-failed %s, as a run of its own",
			resume, render.Count(s.Users.Failed, "user"), s.ID)
	}
}

// tellPart tells one user's part of a run from its journal.
func tellPart(ctx context.Context, j *runs.Journal, l *ledger.Ledger, id string, seq int64) (story, error) {
	info, err := j.Info()
	if err != nil {
		return story{}, err
	}
	var user *ledger.UserResult
	for r, err := range l.Users(ctx, "") {
		if err != nil {
			return story{}, err
		}
		if r.Seq == seq {
			user = &r
			break
		}
	}
	if user == nil {
		return story{}, fault.New(fault.NotFound, "run %s has no user number %d", j.ID(), seq).
			WithHint("roamctl runs show %s --users lists them", j.ID())
	}
	info.ID, info.User, info.Many, info.State = id, user.ID, false, stateOf(user.State, info.State)
	s, err := tellEvents(info, func(yield func(runs.Event, error) bool) {
		for e, err := range l.Journal(j.ID(), user.User, nil).Events(ctx) {
			if !yield(runs.Event{Time: e.Time, Kind: e.Kind, Data: e.Data}, err) {
				return
			}
		}
	})
	var intent multiuser.Intent
	if j.Intent(&intent) == nil && intent.Deletion != nil {
		s.Coverage = intent.Deletion.Settings.Coverage()
	}
	s.Error = user.Error
	s.Next = fmt.Sprintf("roamctl runs show %s tells of the whole run", j.ID())
	return s, err
}

// stateOf is how one user's part stands, in a run that stands so.
func stateOf(part ledger.State, run runs.State) runs.State {
	switch part {
	case ledger.Done:
		return runs.Done
	case ledger.Failed:
		return runs.Failed
	default:
		if run == runs.Running {
			return runs.Running
		}
		return runs.Interrupted
	}
}
