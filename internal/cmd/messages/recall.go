package messages

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type recallOptions struct {
	selection
	since   string
	until   string
	senders []string
	force   bool
}

func newRecall(a *app.App) *cobra.Command {
	o := recallOptions{}
	cmd := &cobra.Command{
		Use:   "recall {--user USER | --users-file FILE | --all-users} [--conversation ID] {--id ID... | --ids-file FILE | --since TIME | --until TIME | --from USER}",
		Short: "Recall messages for everyone in the conversation",
		Long: `Recall messages: everyone in the conversation loses them, on the server and on
their devices, and their attachments are destroyed. To delete messages from one
user's history only, use messages delete.

A recall needs each message's sender and receiver. The command reads them in the
view of --user, and recalls the messages that this user sees, from any sender.
--from selects those of one sender. Without --conversation it looks into every
conversation on the user's list.

The command first backs up the messages in this user's view, with attachments, and
in the other side's; of a group, in the view of one other member. Afterwards it
checks that both see none of them. The members of a chat room can't be listed, so
only the user's view is backed up and checked.

The service refuses messages that are past the app's recall window. --force asks it
to recall them too, and does nothing else. IDs that the user cannot see stop the
recall, unless --skip-missing is given.

Messages are sent in batches of at most 30. Only what the service
confirms counts as recalled: the IDs of the others are printed on standard output,
one a line, for another --ids-file. A user that fails does not stop the others.`,
		Example: `  roamctl messages recall -u alice -c bob --since 7d --dry-run --sandbox
  roamctl messages recall -u alice -c bob --from bob --until 2020-01-01 --force --yes --sandbox
  roamctl messages fetch -u alice -c bob --kind txt --limit 3 -o ndjson --jq .id --sandbox |
    roamctl messages recall -u alice -c bob --ids-file - --force --yes --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	o.users.Declare(cmd)
	flags.Conversation(cmd, a, &o.users, &o.ref.Conversation, &o.chatType)
	o.ids.declare(cmd, "recall")
	cmd.Flags().StringVar(&o.since, "since", "", "recall only messages at or after this `TIME` (2026-11-20, 3d, ...)")
	cmd.Flags().StringVar(&o.until, "until", "", "recall only messages at or before this `TIME`; a day includes all of it")
	flags.List(cmd.Flags(), &o.senders, "from", "", "recall only messages that this `USER` sent")
	cmd.Flags().BoolVar(&o.force, "force", false, "recall also messages that are past the app's recall window")
	cmd.MarkFlagsOneRequired("id", "ids-file", "since", "until", "from")
	for _, byID := range []string{"id", "ids-file"} {
		for _, query := range []string{"since", "until", "from"} {
			cmd.MarkFlagsMutuallyExclusive(byID, query)
		}
	}
	o.limits.Declare(cmd)
	o.act.DeclareRecall(cmd)
	return cmd
}

func (o *recallOptions) run(ctx context.Context, a *app.App) error {
	if err := o.check(a); err != nil {
		return err
	}
	if err := deleting.CheckOutput(a); err != nil {
		return err
	}
	target, err := o.target(a)
	if err != nil {
		return err
	}
	job := deletion.Job{
		Command: "messages recall", User: o.ref.User, Recall: &deletion.Recall{Force: o.force}, BatchSize: roaming.MaxRecalls,
	}
	return o.delete(ctx, a, job, target, o.confirmation(a, target))
}

// check refuses flags that contradict each other, before any request.
func (o *recallOptions) check(a *app.App) error {
	if err := o.selection.check(a, o.ids.given(), "recall by time and sender: --since, --until, --from"); err != nil {
		return err
	}
	for _, sender := range o.senders {
		if err := flags.CheckUser("--from", sender); err != nil {
			return err
		}
	}
	return nil
}

// target returns the messages that the flags name.
func (o *recallOptions) target(a *app.App) (deletion.Target, error) {
	t := deletion.Target{Ref: o.ref}
	var err error
	if o.ids.given() {
		t.IDs, err = o.ids.read(a)
		return t, err
	}
	since, until, err := a.ParseRange(o.since, o.until)
	t.Since, t.Through, t.Senders = roaming.Time{Time: since}, roaming.Time{Time: until}, o.senders
	t.All = t.Through.IsZero()
	return t, err
}

func (o *recallOptions) confirmation(a *app.App, t deletion.Target) app.Confirmation {
	late := "The service refuses messages that are past the app's recall window; --force recalls them too."
	if o.force {
		late = "Messages that are past the app's recall window are recalled too (--force)."
	}
	lines := []string{
		fmt.Sprintf("This RECALLS %s from %s, by any sender.", o.what(a, t), describeHistories(o.users, o.ref)),
		"EVERYONE in the conversations loses them, with their attachments, on all devices.",
		late,
	}
	if len(t.Senders) > 0 {
		lines[0] = strings.TrimSuffix(lines[0], ", by any sender.") + "."
	}
	if o.ref.Conversation == "" {
		lines = append(lines, "Not recalled: "+deleting.Uncovered("messages recall", deletion.CoversListed)+".")
	}
	return app.Confirmation{Lines: lines, Word: cmp.Or(o.ref.Conversation, o.ref.User)}
}

// what describes the messages.
func (*recallOptions) what(a *app.App, t deletion.Target) string {
	if len(t.IDs) > 0 {
		return render.Count(len(t.IDs), "message") + ", named by ID,"
	}
	text := "every message"
	if len(t.Senders) > 0 {
		text += " of " + strings.Join(t.Senders, ", ")
	}
	if !t.Since.IsZero() {
		text += " at or after " + a.ShowTime(t.Since.Time)
	}
	if !t.Through.IsZero() {
		text += " up to and including " + a.ShowTime(t.Through.Time)
	}
	return text
}
