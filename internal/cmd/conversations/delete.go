package conversations

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type deleteOptions struct {
	users          flags.Users
	limits         multiuser.Limits
	user           string // where one user is named
	all            bool
	chatType       roaming.ChatType
	deleteMessages bool
	keepMessages   bool
	everyone       bool
	act            deleting.Flags
}

func newDelete(a *app.App) *cobra.Command {
	o := deleteOptions{}
	cmd := &cobra.Command{
		Use:     "delete {--user USER | --users-file FILE | --all-users} {ID... | --all-conversations} {--delete-messages | --keep-messages}",
		Aliases: []string{"rm"},
		Short:   "Delete conversations from users' lists",
		Long: `Delete conversations from a user's list. With --delete-messages that user also
loses the messages. With --keep-messages they can still be fetched, and a new
message brings the conversation back. The other side keeps everything. The command
backs the conversations up first and checks the deletion afterwards.

--everyone deletes the conversation for each participant: both sides of a chat, or
every member of a group, as the service's older guide describes. It is one run, and
runs resume finishes all of it.

--all-conversations deletes all that are on the list. It must be given, so that a
script's empty variable does not mean all. A user that fails does not stop the
others.

The service allows 5 such deletions a minute for each user; requests wait for that.`,
		Example: `  roamctl conversations delete -u alice bob --keep-messages --dry-run --sandbox
  roamctl conversations delete -u alice bob carol --delete-messages --yes --sandbox
  roamctl conversations delete -u alice -u bob mallory --delete-messages --dry-run --sandbox
  roamctl conversations delete --users-file users.txt --all-conversations --keep-messages --dry-run --sandbox`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && !o.all:
				return fault.New(fault.Usage, "an ID of a conversation is required").
					WithHint("--all-conversations deletes all that are on the list")
			case len(args) > 0 && o.all:
				return fault.New(fault.Usage, "--all-conversations and IDs exclude each other")
			}
			return nil
		},
		ValidArgsFunction: flags.CompleteConversations(a, o.users.One),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	o.users.Declare(cmd)
	o.limits.Declare(cmd)
	cmd.Flags().BoolVar(&o.all, "all-conversations", false, "delete all conversations on the list, or all of --type")
	flags.Type(cmd, &o.chatType, "set the `TYPE` of the conversations: chat (the default) or group", roaming.Chat, roaming.Group)
	cmd.Flags().BoolVar(&o.deleteMessages, "delete-messages", false, "delete the messages too")
	cmd.Flags().BoolVar(&o.keepMessages, "keep-messages", false, "keep the messages, which can still be fetched")
	cmd.Flags().BoolVar(&o.everyone, "everyone", false, "delete for every participant, not only for this user")
	cmd.MarkFlagsOneRequired("delete-messages", "keep-messages")
	cmd.MarkFlagsMutuallyExclusive("delete-messages", "keep-messages")
	o.act.Declare(cmd)
	flags.Columns(cmd, deletedView())
	return cmd
}

func (o *deleteOptions) run(ctx context.Context, a *app.App, ids []string) error {
	refs, err := o.check(a, ids)
	if err != nil {
		return err
	}
	q := multiuser.Request{Users: o.users, Limits: o.limits, Flags: &o.act}
	if o.everyone {
		return o.runEveryone(ctx, a, q, refs)
	}
	opts, err := a.Output()
	if err != nil {
		return err
	}
	list, err := render.NewList(a.IO, opts, deletedView())
	if err != nil {
		return err
	}
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	q.Job, q.Confirm = o.job(settings.DeleteBatchSize, refs), o.confirmation(refs, 1)
	q.Print = func(result deleting.Result) error {
		err := list.Write(newDeleted(result, o.deleteMessages)...)
		o.warnOfNothing(a, result)
		if err = errors.Join(err, list.Close("")); err == nil && result.Err == nil {
			o.explain(a, opts, result)
		}
		return err
	}
	return multiuser.Delete(ctx, a, q)
}

// runEveryone deletes the conversations for each participant, as one run.
func (o *deleteOptions) runEveryone(ctx context.Context, a *app.App, q multiuser.Request, refs []roaming.Ref) error {
	jobs, err := o.everyones(ctx, a, refs)
	if err != nil {
		return o.act.Refused(ctx, a, o.job(0, refs), err)
	}
	q.Rows = multiuser.RowsOf(deletedView(), func(r deleting.Result, _ bool) []deleted { return newDeleted(r, o.deleteMessages) })
	q.Confirm = o.confirmation(refs, len(jobs))
	return multiuser.DeleteJobs(ctx, a, q, jobs)
}

// warnOfNothing names the conversations that needed no request: an ID or --type
// may be mistyped.
func (o *deleteOptions) warnOfNothing(a *app.App, r deleting.Result) {
	for _, t := range r.Job.Targets {
		calls := func(b deletion.Batch) bool { return b.Conversation == t.Conversation }
		if r.Err == nil && !slices.ContainsFunc(r.Report.Batches, calls) {
			a.Warn("nothing to do: %s has no %s %s on the list and no message in it", t.User, t.Type, t.Conversation)
		}
	}
}

// explain notes what the table lacks: the requests of a dry run, and how to
// restore.
func (o *deleteOptions) explain(a *app.App, opts render.Options, r deleting.Result) {
	if opts.Format != render.Table {
		return
	}
	deleting.NoteLists(a, r.Job.User, r.Report.Verification)
	if r.Report.Backup != nil {
		a.Note("run %s: roamctl restore %s previews the restore", r.Report.RunID, r.Report.RunID)
	}
	if o.act.DryRun {
		a.PrintRequests("deletes", r.Requests)
	}
}

// check refuses flags that contradict each other, and returns the named conversations.
func (o *deleteOptions) check(a *app.App, ids []string) ([]roaming.Ref, error) {
	if err := o.users.Check(); err != nil {
		return nil, err
	}
	if err := o.limits.Check(a); err != nil {
		return nil, err
	}
	if o.everyone && (o.all || o.users.Several()) {
		return nil, fault.New(fault.Usage, "--everyone needs named conversations of one user")
	}
	if o.everyone && o.act.VerifiesPeer() {
		return nil, fault.New(fault.Usage, "--everyone deletes the other side's view too: --verify peer has nothing to compare")
	}
	o.user = o.users.One()
	if o.chatType == "" && !o.all {
		o.chatType = roaming.Chat
	}
	var refs []roaming.Ref
	seen := map[string]bool{}
	for _, id := range ids {
		if err := flags.CheckConversation("conversation", id, o.chatType); err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			refs = append(refs, roaming.Ref{User: o.user, Conversation: id, Type: o.chatType})
		}
	}
	return refs, nil
}
