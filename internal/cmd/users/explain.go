package users

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type explainOptions struct {
	user         flags.OneUser
	conversation string // by the flag or the second argument; "" for all
	chatType     roaming.ChatType
	member       string
	since, until string

	from, to time.Time // what since and until mean
}

func newExplain(a *app.App) *cobra.Command {
	o := explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain {USER | --user USER} [PEER|GROUP]",
		Short: "Explain why a user sees what they see",
		Long: `Explain why a user sees what they see of a conversation, or lacks it.

With PEER or GROUP, explain compares the user's view with the peer's, or with that of
another member: which messages one has and the other lacks, where the conversation is
on both lists, how old the oldest message is. It adds the user's membership of a
group, the deletions in the audit log of this machine and, if there is an archive,
what is known to be gone and since when. Then come the likely reasons, each marked:

  seen      the service, the audit log or the archive has it
  inferred  it follows from what was seen
  unknown   nothing that can be read tells

Without PEER or GROUP, explain lists the user's conversations, also those in the
audit log and the user's groups, each with what the newest and the oldest message of
both views tell, and not what was deleted between: two to four requests each. The
service names no conversation that is hidden from the user's list: explain finds it
in an archive, or when PEER names it.

explain only reads. It reads both histories, 50 messages a request, by the limits;
--since and --until reduce that. Chat rooms need --type room. The service does not
tell when a user joined a group, or who deleted or recalled a message.`,
		Example: `  roamctl users explain alice bob --sandbox
  roamctl users explain alice --sandbox
  roamctl users explain alice bob --since 7d -o json --jq .reasons --sandbox`,
		Args: o.take,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	conversations := o.user.CompleteConversations(a)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if o.user.Given(args) == "" {
			return flags.CompleteUsers(a)(cmd, args, prefix)
		}
		return conversations(cmd, args, prefix)
	}
	o.user.Declare(cmd, "explain what this `USER` sees, like the argument")
	flags.Once(cmd.Flags(), &o.conversation, "conversation", "c", "explain only the conversation with this `ID`, like the second argument")
	flags.CompleteWith(cmd, "conversation", conversations)
	flags.Type(cmd, &o.chatType, "set the `TYPE` of the conversation: chat, group or room (default: as the user's list and groups have it)", roaming.ChatTypes()...)
	flags.Once(cmd.Flags(), &o.member, "with", "", "compare a group's history with the view of this `USER` (default: the first other member)")
	cmd.Flags().StringVar(&o.since, "since", "", "compare only messages at or after this `TIME` (2026-11-20, tuesday, 3d, ...)")
	cmd.Flags().StringVar(&o.until, "until", "", "compare only messages at or before this `TIME`; a day includes all of it")
	flags.Archive(cmd)
	flags.Columns(cmd, overviewView())
	return cmd
}

// take takes the user and the conversation from the arguments.
func (o *explainOptions) take(_ *cobra.Command, args []string) error {
	rest, err := o.user.Take(args)
	if err != nil {
		return err
	}
	if len(rest) > 1 || len(rest) == 1 && o.conversation != "" && o.conversation != rest[0] {
		return fault.New(fault.Usage, "explain takes one conversation").WithHint("roamctl users explain USER PEER")
	}
	if len(rest) == 1 {
		o.conversation = rest[0]
	}
	return nil
}

func (o *explainOptions) run(ctx context.Context, a *app.App) error {
	if err := o.check(a); err != nil {
		return err
	}
	g := gatherer{app: a, options: o}
	if err := g.open(ctx); err != nil {
		return err
	}
	if o.conversation == "" {
		return g.overview(ctx)
	}
	facts, failed := g.facts(ctx)
	if facts == nil {
		return failed
	}
	facts.Complete(g.now.Time)
	for i := range facts.Reasons {
		facts.Reasons[i].More = g.here(facts.Reasons[i].More)
	}
	if err := printFacts(ctx, a, facts); err != nil {
		return err
	}
	return failed
}

// check refuses flags that contradict each other, before any request.
func (o *explainOptions) check(a *app.App) (err error) {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if o.from, o.to, err = a.ParseRange(o.since, o.until); err != nil {
		return err
	}
	if o.conversation == "" {
		for _, name := range []string{"type", "with", "since", "until"} {
			if a.Flags.Changed(name) {
				return fault.New(fault.Usage, "--%s needs a conversation", name).WithHint("roamctl users explain USER PEER")
			}
		}
		_, err := render.NewList(a.IO, opts, overviewView())
		return err
	}
	if err := render.Check(a.IO, opts, factsView()); err != nil {
		return err
	}
	if o.member != "" {
		if err := flags.CheckUser("--with", o.member); err != nil {
			return err
		}
	}
	return flags.CheckConversation("the conversation", o.conversation, o.chatType)
}
