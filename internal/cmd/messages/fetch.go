package messages

import (
	"context"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type fetchOptions struct {
	users    flags.Users
	limits   multiuser.Limits
	ref      roaming.Ref // where one history is named
	chatType roaming.ChatType
	query    roaming.HistoryQuery
	page     flags.Page
	start    string
	since    string
	until    string
	archived bool // from an archive
}

func newFetch(a *app.App) *cobra.Command {
	o := fetchOptions{}
	cmd := &cobra.Command{
		Use:   "fetch {--user USER | --users-file FILE | --all-users} [--conversation ID]",
		Short: "Print the messages of conversations",
		Long: `Print the messages of a conversation as one user sees them.

The service returns at most 50 messages a request. --limit and --all send as many
requests as they need, and print each page as it arrives. --direction up, the
default, reads from the newest message, down from the oldest. --start continues
after a message.

The plan of the app sets how long history is kept: 3, 7, 90 or 180 days.

Without --conversation the command prints all conversations on the user's list.
With several users it prints one user after the other, in the order given. Each
message then has a user column, and --limit applies to each conversation. A user
that fails does not stop the others, nor does a conversation that the service
refuses: it is named, exit 8. For whole histories of many users, messages export
is faster.

With --archive the messages come from an archive: also those that the service no
longer keeps, or that the user no longer sees. roamctl archive status --user says
what the user saw. Without --conversation these are the user's one-to-one chats and
what the user sent to groups, by time.`,
		Example: `  roamctl messages fetch --user alice --conversation bob --sandbox
  roamctl messages fetch -u alice -c bob --all -o transcript --sandbox
  roamctl messages fetch -u alice -c bob --direction down --since 3d --kind img,file --sandbox
  roamctl messages fetch -u alice -c bob --all -o ndjson --jq .summary --sandbox
  roamctl messages fetch -u alice --since 3d --columns user,conversation,from,text --sandbox
  roamctl messages fetch --archive -u alice -c bob -o transcript
  roamctl messages fetch --users-file users.txt -c 250000000000101 --type group --all -o ndjson --sandbox`,
		Args: archiveArg,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	o.users.Declare(cmd)
	flags.ArchiveInstead(cmd)
	flags.Conversation(cmd, a, &o.users, &o.ref.Conversation, &o.chatType)
	o.query.Direction = roaming.Up
	flags.Choice(cmd, &o.query.Direction, "direction", "read in this `DIRECTION`: up (newest first) or down (oldest first)", roaming.Up, roaming.Down)
	cmd.Flags().StringVar(&o.start, "start", "", "continue after the message with this `ID`")
	flags.Paging(cmd, &o.page, roaming.MaxHistoryPage, "messages")
	cmd.Flags().StringVar(&o.since, "since", "", "print only messages at or after this `TIME` (2026-11-20, 3d, ...)")
	cmd.Flags().StringVar(&o.until, "until", "", "print only messages at or before this `TIME`; a day includes all of it")
	flags.List(cmd.Flags(), &o.query.Senders, "from", "", "print only messages that this `USER` sent; groups only")
	flags.Choices(cmd, &o.query.Kinds, "kind", "print only messages of this `KIND`: txt, img, audio, video, file, loc, cmd, custom, combine", roaming.Kinds()...)
	o.limits.Declare(cmd)
	flags.Columns(cmd, views.OfUser(views.Messages(), ""))
	return cmd
}

func (o *fetchOptions) run(ctx context.Context, a *app.App) error {
	if err := o.check(a); err != nil {
		return err
	}
	if o.archived {
		return o.fetchArchived(ctx, a)
	}
	if o.many() {
		return multiuser.Run(ctx, a, o.users, o.limits, multiuser.Intent{Command: "messages fetch", Fetch: o.fetch()})
	}
	listing := app.Listing[roaming.Message]{View: views.OfUser(views.Messages(), o.ref.User), Empty: fmt.Sprintf("no matching messages in %s", o.ref), More: func(next roaming.Cursor) string {
		return fmt.Sprintf("--start %s continues, --all reads everything", next)
	}}
	found := false
	err := listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[roaming.Message], error], error) {
		svc, err := a.Service(ctx)
		if err != nil {
			return nil, err
		}
		return func(yield func(roaming.Page[roaming.Message], error) bool) {
			for page, err := range svc.History(ctx, o.ref, o.query) {
				found = found || len(page.Items)+len(page.Bad) > 0
				if !yield(page, err) {
					return
				}
			}
		}, nil
	})
	if err != nil || found || o.start != "" {
		return err
	}
	svc, err := a.Service(ctx)
	if err != nil {
		return err
	}
	return roaming.CheckType(ctx, svc, o.ref)
}

// many reports whether the flags may name several histories.
func (o *fetchOptions) many() bool { return o.users.Several() || o.ref.Conversation == "" }

func (o *fetchOptions) fetch() *multiuser.Fetch {
	f := &multiuser.Fetch{Query: o.query, Type: o.chatType}
	if o.ref.Conversation != "" {
		f.Only = &export.ConversationFilter{Conversation: o.ref.Conversation, Type: o.chatType}
	}
	return f
}

// check completes the query and refuses flags that contradict each other.
func (o *fetchOptions) check(a *app.App) error {
	o.archived = a.Flags.Changed("archive")
	if err := o.users.Check(); err != nil {
		return err
	}
	if _, err := flags.CheckConversations(o.ref.Conversation, &o.chatType); err != nil {
		return err
	}
	if err := o.limits.CheckReading(a, o.many()); err != nil {
		return err
	}
	o.ref.User, o.ref.Type = o.users.One(), o.chatType
	if len(o.query.Senders) > 0 && o.ref.Type != roaming.Group && !o.archived {
		return fault.New(fault.Usage, "--from works in groups only, not in %s", kindOf(o.ref.Type)).
			WithHint("add --type group if it is one, or filter with -o ndjson --jq 'select(.from == \"...\")'")
	}
	for _, sender := range o.query.Senders {
		if err := flags.CheckUser("--from", sender); err != nil {
			return err
		}
	}
	if o.start != "" && o.many() && (!o.archived || o.users.Several()) {
		return fault.New(fault.Usage, "--start continues one conversation of one user, not several")
	}
	if o.start != "" && !o.archived {
		id, err := roaming.ParseMessageID(o.start)
		if err != nil {
			return fault.Wrap(fault.Usage, err, "--start")
		}
		o.query.Start = roaming.Cursor(id.String())
	}
	if err := o.page.Check(a); err != nil {
		return err
	}
	o.query.PageSize, o.query.Limit = o.page.Size, o.page.Limit()
	var err error
	o.query.Since, o.query.Until, err = a.ParseRange(o.since, o.until)
	return err
}

// kindOf is a type in words.
func kindOf(t roaming.ChatType) string {
	if t == "" {
		return "all kinds of conversations"
	}
	return "a " + string(t)
}
