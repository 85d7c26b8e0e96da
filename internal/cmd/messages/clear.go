package messages

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type clearOptions struct {
	users  flags.Users
	limits multiuser.Limits
	act    deleting.Flags
	also   []string // TYPE:ID
}

func newClear(a *app.App) *cobra.Command {
	o := clearOptions{}
	cmd := &cobra.Command{
		Use:   "clear {--user USER | --users-file FILE | --all-users}",
		Short: "Delete all history on a user's conversation list",
		Long: `Delete every message and every conversation on a user's conversation list. The
other sides of those conversations keep theirs.

With a backup, the default, the command deletes one conversation of the list after
the other, and no message that is not in the backup. Conversations on no list keep
their messages: chat rooms are on no list, and idle conversations drop off it. Name
them with --also TYPE:ID (chat, group or room) to back them up and delete them as
well. users inspect, backups, exports and the audit log show which there were.

With --no-backup one request deletes everything, also conversations on no list.

A user that fails does not stop the others. runs resume continues an interrupted
run.`,
		Example: `  roamctl messages clear --user dave --dry-run --sandbox
  roamctl messages clear --user dave --yes --sandbox
  roamctl messages clear --user dave --also room:250000000000201 --dry-run --sandbox
  roamctl messages clear --users-file leavers.csv --users-column user_id --dry-run --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	o.users.Declare(cmd)
	o.limits.Declare(cmd)
	flags.List(cmd.Flags(), &o.also, "also", "", "clear also this `CONVERSATION`, a TYPE:ID that need not be on the list")
	o.act.Declare(cmd)
	return cmd
}

func (o *clearOptions) run(ctx context.Context, a *app.App) error {
	if err := o.users.Check(); err != nil {
		return err
	}
	if err := o.limits.Check(a); err != nil {
		return err
	}
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	if err := deleting.CheckOutput(a); err != nil {
		return err
	}
	user := o.users.One()
	job := deletion.Job{Command: "messages clear", User: user, All: true, Notify: true, BatchSize: settings.DeleteBatchSize}
	if job.Targets, err = o.targets(user); err != nil {
		return err
	}
	who, loses := "each user", "The users lose"
	if !o.users.Several() {
		who, loses = user, user+" loses"
	}
	lines := []string{
		fmt.Sprintf("This deletes every message and every conversation on the list of %s%s.", who, o.named()),
		loses + " them; nobody else loses anything.",
	}
	uncovered := deleting.Uncovered(job.Command, deletion.Settings{Job: job, NoBackup: o.act.NoBackup()}.Coverage())
	if uncovered != "" {
		lines = append(lines, "Not deleted: "+uncovered+".")
	}
	return multiuser.Delete(ctx, a, multiuser.Request{
		Users: o.users, Limits: o.limits, Flags: &o.act, Job: job, Confirm: app.Confirmation{Lines: lines, Word: user},
	})
}

// targets returns the conversations of --also.
func (o *clearOptions) targets(user string) ([]deletion.Target, error) {
	switch {
	case len(o.also) > 0 && o.users.Several():
		return nil, fault.New(fault.Usage, "--also needs one user: clear the users one by one")
	case len(o.also) > 0 && o.act.NoBackup():
		return nil, fault.New(fault.Usage, "--no-backup deletes everything, also conversations on no list: leave --also out")
	}
	var targets []deletion.Target
	for _, value := range o.also {
		kind, id, ok := strings.Cut(value, ":")
		t, err := roaming.ParseChatType(kind)
		if !ok || err != nil {
			return nil, fault.New(fault.Usage, "--also %q has no type before its ID", value).
				WithHint("give chat:ID, group:ID or room:ID")
		}
		if err := flags.CheckConversation("--also", id, t); err != nil {
			return nil, err
		}
		target := deletion.Target{Ref: roaming.Ref{User: user, Conversation: id, Type: t}, All: true, Drop: t != roaming.Room}
		if !slices.ContainsFunc(targets, func(have deletion.Target) bool { return have.Ref == target.Ref }) {
			targets = append(targets, target)
		}
	}
	return targets, nil
}

// named describes the conversations of --also.
func (o *clearOptions) named() string {
	if len(o.also) == 0 {
		return ""
	}
	return ", and every message of " + strings.Join(o.also, ", ")
}
