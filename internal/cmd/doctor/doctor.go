// Package doctor has the command that finds out why roamctl does not work.
package doctor

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/doctor"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// attemptTime bounds an attempt of a request, below what --timeout allows.
const attemptTime = 10 * time.Second

type options struct {
	user, room string
}

// New is the doctor command.
func New(a *app.App) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out why roamctl does not work",
		Long: `Check the configuration, this machine, the way to the service, the credentials
and the features of the app. Each check has a verdict, what was seen, and how to
fix it:

  ok        it works
  warning   it works, but something is wrong, or an optional feature is closed
  failed    roamctl can't do its work
  unknown   it can't be found out without the risk of a change, or it was not
            answered
  skipped   it was not tried, because an earlier check failed or --user is missing

doctor only reads. It never deletes, recalls, imports or creates anything on the
service, so it can't find out whether one-way deletion, recall and import are
open. Nothing in its output is secret: paste it into a request for support.

With --user it reads one conversation and one message of that user. Without it,
what needs a user is skipped. Each call of the service takes at most 10 seconds.

The exit code is that of the first failed check, in the order printed:
3 configuration or this machine, 4 credentials or a feature that is not open, 6 refused
by the service, 9 network or server. Warnings, unknown and skipped checks leave 0.`,
		Example: `  roamctl doctor --sandbox --user alice
  roamctl doctor
  roamctl doctor --user alice -o json --sandbox --jq '.checks[] | select(.verdict != "ok")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.Once(cmd.Flags(), &o.user, "user", "u", "check with the history of this `USER`")
	flags.Once(cmd.Flags(), &o.room, "room", "", "check with the history of this chat room, by its `ID`; needs --user")
	flags.Columns(cmd, checkView())
	return cmd
}

func (o *options) run(ctx context.Context, a *app.App) error {
	if err := o.check(); err != nil {
		return err
	}
	c, broken := a.Config()
	opts, err := a.SetupOutput()
	if broken != nil {
		if c, err = a.ConfigWithoutFile(); err == nil {
			opts, err = a.OutputOf(c)
		}
	}
	if err != nil {
		return err
	}
	if err := render.Check(a.IO, opts, checkView()); err != nil {
		return err
	}
	r := doctor.Run(ctx, o.options(ctx, a, c, broken))
	if ctx.Err() != nil {
		return fault.Wrap(fault.Interrupted, context.Cause(ctx), "the checks did not finish")
	}
	return errors.Join(show(a, opts, r), r.Err())
}

func (o *options) check() error {
	if o.user != "" {
		if err := flags.CheckUser("--user", o.user); err != nil {
			return err
		}
	}
	if o.room == "" {
		return nil
	}
	if o.user == "" {
		return fault.New(fault.Usage, "--room needs --user")
	}
	return flags.CheckConversation("--room", o.room, roaming.Room)
}

func (o *options) options(ctx context.Context, a *app.App, c *config.Config, broken error) doctor.Options {
	to := app.Reach{Err: broken}
	if broken == nil || a.Global.Sandbox {
		to = a.Reach(ctx, attemptTime)
	}
	target := doctor.Target{Profile: to.Profile, Host: to.Host, AppKey: to.AppKey, Transport: to.Transport, Timeout: to.Timeout, Err: to.Err, Discover: to.Discover}
	if to.Client != nil { // a nil *Client would not be a nil interface
		target.Service = to.Client
	}
	return doctor.Options{
		Version: a.Version, User: o.user, Room: o.room, Sandbox: a.Global.Sandbox,
		Config: c, ConfigErr: broken, Target: target, IO: a.IO, Env: a.Getenv, Now: a.Now, Redact: a.Redact,
	}
}
