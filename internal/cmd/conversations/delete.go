package conversations

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type deleteOptions struct {
	owner          string
	chatType       roaming.ChatType
	deleteMessages bool
	keepMessages   bool
	everyone       bool
	act            flags.Destructive
}

func newDelete(a *app.App) *cobra.Command {
	o := deleteOptions{chatType: roaming.Chat}
	cmd := &cobra.Command{
		Use:     "delete --user U ID... {--delete-messages | --keep-messages}",
		Aliases: []string{"rm"},
		Short:   "Delete conversations from one user's list, with or without messages",
		Long: `Take conversations off one user's list. With --delete-messages that user also
loses the messages; with --keep-messages they can still be fetched, and a new
message brings the conversation back. The other side keeps everything.

--everyone asks for the outcome that the service's older guide describes: the
conversation is deleted for each participant, one call each: both sides of a
chat, or every member of a group.

A user's conversations may be deleted 5 times a minute; calls wait for that.`,
		Example: `  roamctl conversations delete -u alice bob --keep-messages --dry-run --sandbox
  roamctl conversations delete -u alice bob carol --delete-messages --yes --sandbox`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fault.New(fault.Usage, "which conversation? give at least one ID")
			}
			return nil
		},
		ValidArgsFunction: flags.CompleteConversations(a, &o.owner),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	flags.User(cmd, &o.owner)
	flags.Enum(cmd, &o.chatType, "type", "chat|group", "what the conversations are", parseListType, roaming.Chat, roaming.Group)
	cmd.Flags().BoolVar(&o.deleteMessages, "delete-messages", false, "the messages go too")
	cmd.Flags().BoolVar(&o.keepMessages, "keep-messages", false, "the messages stay")
	cmd.Flags().BoolVar(&o.everyone, "everyone", false, "for every participant, not for this user only")
	cmd.MarkFlagsOneRequired("delete-messages", "keep-messages")
	cmd.MarkFlagsMutuallyExclusive("delete-messages", "keep-messages")
	flags.Confirm(cmd, &o.act)
	flags.Columns(cmd, deletedView())
	return cmd
}

func (o *deleteOptions) run(ctx context.Context, a *app.App, ids []string) error {
	refs, err := o.refs(ids)
	if err != nil {
		return err
	}
	opts, err := a.Output()
	if err != nil {
		return err
	}
	list, err := render.NewList(a.IO, opts, deletedView())
	if err != nil {
		return err
	}
	if refs, err = o.participants(ctx, a, refs); err != nil {
		return err
	}
	svc, requests, err := o.act.Begin(ctx, a, o.confirmation(ids, refs))
	if err != nil {
		return err
	}
	var first error
	accepted := 0
	for out := range deletion.Conversations(ctx, svc, refs, o.deleteMessages) {
		d := newDeleted(out, o.deleteMessages)
		switch {
		case out.Err != nil && first == nil:
			first = out.Err
		case out.Err == nil:
			accepted++
		}
		if o.act.DryRun && out.Err == nil {
			d.Status = deletion.Planned
			d.Request = &requests()[accepted-1]
		}
		if err := list.Write(d); err != nil {
			return err
		}
	}
	if err := list.Close(""); err != nil {
		return err
	}
	return deletion.Verdict(accepted, len(refs), first)
}

func (o *deleteOptions) refs(ids []string) ([]roaming.Ref, error) {
	if err := flags.CheckUser(o.owner); err != nil {
		return nil, err
	}
	var refs []roaming.Ref
	seen := map[string]bool{}
	for _, id := range ids {
		if err := flags.CheckConversation("conversation", id, o.chatType); err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			refs = append(refs, roaming.Ref{Owner: o.owner, Conversation: id, Type: o.chatType})
		}
	}
	return refs, nil
}

// participants is refs, with every other participant's side when --everyone
// was given.
func (o *deleteOptions) participants(ctx context.Context, a *app.App, refs []roaming.Ref) ([]roaming.Ref, error) {
	if !o.everyone {
		return refs, nil
	}
	svc, err := a.Service(ctx)
	if err != nil {
		return nil, err
	}
	var all []roaming.Ref
	for _, ref := range refs {
		sides, err := deletion.Everyone(ctx, svc, ref)
		if err != nil {
			return nil, err
		}
		all = append(all, sides...)
	}
	return all, nil
}

func (o *deleteOptions) confirmation(ids []string, refs []roaming.Ref) app.Confirmation {
	what := "conversation " + ids[0]
	word := ids[0]
	if len(ids) > 1 {
		what, word = fmt.Sprintf("%d conversations (%s)", len(ids), strings.Join(ids, ", ")), o.owner
	}
	whose := fmt.Sprintf("from %s's list", o.owner)
	others := "Everybody else keeps theirs."
	if o.everyone {
		whose = fmt.Sprintf("from the lists of all participants, %d deletions in all", len(refs))
		others = "Nobody keeps it."
	}
	fate := "The messages stay and can still be fetched."
	if o.deleteMessages {
		fate = "Its messages go with it, for good."
	}
	return app.Confirmation{
		Lines: []string{fmt.Sprintf("This deletes %s (%s) %s.", what, o.chatType, whose), fate + " " + others},
		Word:  word,
	}
}
