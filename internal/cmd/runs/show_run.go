package runs

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// runReport explains a run over several users.
type runReport struct {
	run.Info

	Users run.Totals `json:"users"`
	// AllListed reports whether all users of the run are known: --all-users lists
	// them on demand.
	AllListed bool `json:"all_listed"`
	// Coverage is how much of each user's history the run reaches, if it deletes.
	Coverage deletion.Coverage `json:"coverage,omitempty"`
	Failures []jobRow          `json:"failures"` // the first of them; --users lists all
	Skipped  []run.SkippedLine `json:"asides"`   // likewise
	Error    string            `json:"error,omitempty"`
	Next     string            `json:"next"`

	dryRun bool // or one that was to write a plan
	specs  bool // each job has a spec of its own
}

// jobRow is the result of one user's job.
type jobRow struct {
	RunID         string    `json:"run_id"` // of the job, for runs show and restore
	User          string    `json:"user"`
	State         run.State `json:"state"`
	Conversations int       `json:"conversations"`
	Messages      int       `json:"messages"`
	Error         string    `json:"error"`
}

func jobsView() render.View[jobRow] {
	return render.View[jobRow]{Columns: render.Fields[jobRow]("run_id,drop=1", "user", "state", "conversations,drop=3", "messages,drop=2", "error,flex")}
}

// maxShown is how many failed users, and skipped lines, are listed.
const maxShown = 20

// showRun explains a run over several users.
func showRun(ctx context.Context, a *app.App, r *run.Run) error {
	s, err := newRunReport(ctx, r)
	if err != nil {
		return err
	}
	return printReport(a, runView(), s, s.lines)
}

func newRunReport(ctx context.Context, r *run.Run) (s runReport, err error) {
	if s.Info, err = r.Info(ctx); err != nil {
		return s, err
	}
	var intent multiuser.Intent
	if err := r.Intent(ctx, &intent); err != nil {
		return s, err
	}
	s.dryRun, s.specs = intent.DryRun, intent.Users.Specs
	if intent.Deletion != nil {
		s.Coverage = intent.Deletion.Settings.Coverage()
	}
	if s.AllListed, err = intent.AllListed(ctx, r); err != nil {
		return s, err
	}
	if s.Users, err = r.Totals(ctx); err != nil {
		return s, err
	}
	if s.Failures, err = first(r.Jobs(ctx, run.Failed), func(j run.JobResult) jobRow { return newJobRow(r, s.Summary, j) }); err != nil {
		return s, err
	}
	if s.Skipped, err = first(r.Skipped(ctx), func(l run.SkippedLine) run.SkippedLine { return l }); err != nil {
		return s, err
	}
	finish, err := r.Finished(ctx)
	s.Error = finish.Error
	s.Next = s.next()
	return s, err
}

func newJobRow(r *run.Run, s run.Summary, j run.JobResult) jobRow {
	return jobRow{
		RunID: r.JobID(s, j.Seq), User: j.User, State: j.State,
		Conversations: j.Conversations, Messages: j.Messages, Error: j.Error,
	}
}

// first collects the first of many items.
func first[T, S any](items iter.Seq2[T, error], of func(T) S) ([]S, error) {
	all := []S{}
	for item, err := range items {
		if err != nil {
			return all, err
		}
		if all = append(all, of(item)); len(all) == maxShown {
			break
		}
	}
	return all, nil
}

// listJobs lists the results of a run's jobs.
func listJobs(ctx context.Context, a *app.App, r *run.Run, state run.State) error {
	listing := app.Listing[jobRow]{View: jobsView()}
	return listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[jobRow], error], error) {
		info, err := r.Info(ctx)
		if err != nil {
			return nil, err
		}
		return app.Pages(a, func(yield func(jobRow, error) bool) {
			for j, err := range r.Jobs(ctx, state) {
				if !yield(newJobRow(r, info.Summary, j), err) {
					return
				}
			}
		}), nil
	})
}

// lines are the report for people; at formats a time.
func (s runReport) lines(at func(time.Time) string) []string {
	u := s.Users
	users := render.Count(u.Users, "user")
	if !s.AllListed {
		users += " listed so far"
	}
	out := []string{
		fmt.Sprintf("Run %s: %s", s.ID, s.State),
		fmt.Sprintf("  %s of several users, by %s", s.Command, s.Operator),
		fmt.Sprintf("  profile %s, App Key %s", s.Profile, s.AppKey),
		fmt.Sprintf("  started %s, last event %s", at(s.Started.Time), at(s.Updated.Time)),
		"What happened:",
		fmt.Sprintf("  of %s: %d done, %d failed, %d pending", users, u.Done, u.Failed, u.Pending),
		fmt.Sprintf("  %s of %s", render.Count(u.Messages, "message"), render.Count(u.Conversations, "conversation")),
	}
	for _, f := range s.Failures {
		out = append(out, fmt.Sprintf("    %s (%s): %s", f.User, f.RunID, f.Error))
	}
	if more := u.Failed - len(s.Failures); more > 0 {
		out = append(out, fmt.Sprintf("    and %d more: roamctl runs show %s --users --state failed", more, s.ID))
	}
	if u.Skipped > 0 {
		out = append(out, fmt.Sprintf("  skipped %s of the users file:", render.Count(u.Skipped, "line")))
	}
	for _, l := range s.Skipped {
		out = append(out, fmt.Sprintf("    %s: %s", l.Place, l.Reason))
	}
	if s.Error != "" {
		out = append(out, "  it ended with an error: "+s.Error)
	}
	if text := deleting.Uncovered(s.Command, s.Coverage); text != "" {
		out = append(out, "  "+text)
	}
	return append(out, "What is left:", "  "+s.Next)
}

// next says what is left and which command does it.
func (s runReport) next() string {
	resume := fmt.Sprintf("roamctl runs resume %s", s.ID)
	failed := render.Count(s.Users.Failed, "user")
	switch {
	case s.State == run.Running:
		return "still running: wait for it; kill -USR1 makes it print its progress"
	case s.State == run.Done:
		return "nothing"
	case s.dryRun:
		return "nothing: it was a dry run or wrote a plan, so nothing was changed; start the command again"
	case s.Users.Pending > 0 || s.State == run.Interrupted:
		next := fmt.Sprintf("%s continues with %s", resume, render.Count(s.Users.Pending, "user"))
		if !s.AllListed {
			next += " and all that are not listed yet"
		}
		if s.Users.Failed > 0 {
			next += fmt.Sprintf(", and then retries the %d that failed", s.Users.Failed)
		}
		return next
	case s.specs:
		return fmt.Sprintf("%s retries %s", resume, failed)
	default:
		return fmt.Sprintf("%s retries %s; so does the command itself, with --retry-failed %s, as another run", resume, failed, s.ID)
	}
}

func runView() render.View[runReport] {
	v := render.View[runReport]{Columns: render.Fields[runReport]("id", "state", "command", "user", "conversation", "type", "profile", "app_key", "operator",
		"started", "updated", "users", "done", "failed", "pending", "conversations", "messages", "set_aside", "next")}
	return v.WithCell("user", func(s runReport) string { return userOf(s.Info) })
}
