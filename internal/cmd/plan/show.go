package plan

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/render"
)

func newShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Print the messages that a plan deletes",
		Long:  `Print who asked for what, on the error stream, and each message that the plan deletes.`,
		Example: `  roamctl messages delete -u alice -c bob --before 2d --plan bob.plan.json --sandbox
  roamctl plan show bob.plan.json
  roamctl plan show bob.plan.json -o ndjson --jq .id`,
		Args: oneFile,
		RunE: func(_ *cobra.Command, args []string) error { return show(a, args[0]) },
	}
	flags.Columns(cmd, lineView())
	return cmd
}

// line is a message of a plan with the user who loses it.
type line struct {
	User string `json:"user"`
	plan.Message
}

func show(a *app.App, path string) error {
	list, err := app.NewList(a, lineView())
	if err != nil {
		return err
	}
	if err := Explain(a, path); err != nil {
		return err
	}
	_, err = plan.Each(path, func(job plan.Job) error {
		lines := make([]line, len(job.Messages))
		for i, m := range job.Messages {
			lines[i] = line{User: job.User, Message: m}
		}
		return list.Write(lines...)
	})
	return errors.Join(err, list.Close(""))
}

// maxExplained is how many users of a plan are described one by one.
const maxExplained = 20

// Explain describes a plan on the error stream.
func Explain(a *app.App, path string) error {
	p, count, err := plan.Scan(path)
	if err != nil {
		return err
	}
	a.Note("planned at %s by %s on %s, for App Key %s (profile %s)", p.Created, p.Operator, p.Machine, p.AppKey, p.Profile)
	if p.Reason != "" || p.Ticket != "" {
		a.Note("reason: %s %s", p.Reason, p.Ticket)
	}
	n := 0
	if _, err := plan.Each(path, func(job plan.Job) error {
		n++
		if n <= maxExplained {
			explain(a, job)
		}
		return nil
	}); err != nil {
		return err
	}
	if more := count.Users - maxExplained; more > 0 {
		a.Note("and %d more users; in all: %s", more, count)
	}
	if !p.Backup {
		a.Warn("no backup will be made")
	}
	return nil
}

func explain(a *app.App, job plan.Job) {
	for _, t := range job.Targets {
		what := "by ID"
		if !t.Through.IsZero() {
			what = "up to and including " + t.Through.String()
		}
		if t.Drop {
			what += ", and the conversation leaves the list"
		}
		if job.Recall != nil {
			a.Note("%s, in the view of %s: EVERYONE loses %s of %s %s, by ID", job.Command, job.User, render.Count(t.Messages, "message"), t.Type, t.Conversation)
			continue
		}
		a.Note("%s: %s loses %s of %s %s, %s", job.Command, job.User, render.Count(t.Messages, "message"), t.Type, t.Conversation, what)
	}
}

func lineView() render.View[line] {
	return render.View[line]{Columns: render.Fields[line]("user,drop=1", "conversation", "id", "time", "from", "kind,drop=2", "words,flex")}
}
