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

type inspectOptions struct {
	user         flags.OneUser
	conversation string
	chatType     roaming.ChatType
	since, until string

	from, to time.Time // what since and until mean
}

func newInspect(a *app.App) *cobra.Command {
	o := inspectOptions{chatType: roaming.Chat}
	cmd := &cobra.Command{
		Use:   "inspect {USER | --user USER}",
		Short: "Count a user's conversations and messages",
		Long: `Count what the service keeps for a user: conversations, unread messages and groups;
messages by kind, by day and by conversation; the oldest and the newest message.

The service has no request that counts. The command reads the list and the history
of every conversation on it, 50 messages a request, and prints how many requests
that took; it stores nothing. --since, --until and --conversation reduce it.
Conversations that are not on the list, such as chat rooms, are counted only if
--conversation and --type name them.`,
		Example: `  roamctl users inspect alice --sandbox
  roamctl users inspect alice --since 3d -o json --jq .by_kind --sandbox
  roamctl users inspect alice --conversation bob --sandbox`,
		Args: func(_ *cobra.Command, args []string) error {
			rest, err := o.user.Take(args)
			if err == nil && len(rest) > 0 {
				err = fault.New(fault.Usage, "exactly one user is required, and there are %q and %q", o.user.ID, rest[0]).
					WithHint("-c names a conversation")
			}
			return err
		},
		ValidArgsFunction: flags.CompleteUsers(a),
		RunE:              func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	o.user.Declare(cmd, "inspect this `USER`, like the argument")
	flags.Once(cmd.Flags(), &o.conversation, "conversation", "c", "read only this conversation: the `ID` of the peer, group or room")
	flags.CompleteWith(cmd, "conversation", o.user.CompleteConversations(a))
	flags.Type(cmd, &o.chatType, "set the `TYPE` of --conversation: chat, group or room", roaming.ChatTypes()...)
	cmd.Flags().StringVar(&o.since, "since", "", "count only messages at or after this `TIME` (2026-11-20, 3d, ...)")
	cmd.Flags().StringVar(&o.until, "until", "", "count only messages at or before this `TIME`; a day includes all of it")
	flags.Columns(cmd, inspectView())
	return cmd
}

func (o *inspectOptions) run(ctx context.Context, a *app.App) error {
	opts, err := o.check(a)
	if err != nil {
		return err
	}
	svc, err := a.Service(ctx)
	if err != nil {
		return err
	}
	directory, err := a.Directory(ctx)
	if err != nil {
		return err
	}
	r := Report{User: o.user.ID, Since: roaming.Time{Time: o.from}, Until: roaming.Time{Time: o.to}}
	s := collector{
		a: a, service: svc, directory: directory, report: &r, counter: newCounter(&r, opts.Location),
		query: roaming.HistoryQuery{Since: o.from, Until: o.to},
	}
	failed := s.run(ctx, o.conversation, o.chatType)
	if failed != nil && r.Calls == 0 {
		return failed
	}
	if err := printReport(ctx, a, r); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return failed
	case r.Unreadable > 0:
		return fault.New(fault.Partial, "%d of the items could not be read; the others are counted", r.Unreadable).
			WithHint("stderr shows their positions and bytes")
	default:
		return nil
	}
}

// check refuses flags that contradict each other, before any request.
func (o *inspectOptions) check(a *app.App) (render.Options, error) {
	opts, err := a.Output()
	if err != nil {
		return opts, err
	}
	if err := render.Check(a.IO, opts, inspectView()); err != nil {
		return opts, err
	}
	switch {
	case o.conversation != "":
		if err := flags.CheckConversation("--conversation", o.conversation, o.chatType); err != nil {
			return opts, err
		}
	case a.Flags.Changed("type"):
		return opts, fault.New(fault.Usage, "--type needs --conversation")
	}
	o.from, o.to, err = a.ParseRange(o.since, o.until)
	return opts, err
}
