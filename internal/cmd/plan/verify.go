package plan

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

func newVerify(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "verify FILE",
		Short:   "Check that a plan was not changed",
		Long:    `Check, offline, that no byte of a plan was changed since it was written.`,
		Example: "  roamctl messages delete -u alice -c bob --before 2d --plan bob.plan.json --sandbox\n  roamctl plan verify bob.plan.json",
		Args:    oneFile,
		RunE:    func(_ *cobra.Command, args []string) error { return verify(a, args[0]) },
	}
	flags.Columns(cmd, summaryView())
	return cmd
}

func oneFile(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fault.New(fault.Usage, "give one plan's file")
	}
	return nil
}

// summary is what a good plan says, in short.
type summary struct {
	File          string       `json:"file"`
	Created       roaming.Time `json:"created"`
	AppKey        string       `json:"app_key"`
	Users         int          `json:"users"`
	Messages      int          `json:"messages"`
	Conversations int          `json:"conversations"` // that leave a list
	Digest        string       `json:"digest"`
}

func verify(a *app.App, path string) error {
	opts, err := app.OutputFor(a, summaryView())
	if err != nil {
		return err
	}
	p, count, err := plan.Scan(path)
	if err != nil {
		return err
	}
	s := summary{
		File: path, Created: p.Created, AppKey: p.AppKey, Digest: p.Digest,
		Users: count.Users, Messages: count.Messages, Conversations: count.Conversations,
	}
	return render.One(a.IO, opts, summaryView(), s)
}

func summaryView() render.View[summary] {
	return render.View[summary]{Columns: render.Fields[summary]("file", "created", "app_key", "users", "messages", "conversations", "digest")}
}
