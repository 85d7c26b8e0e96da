package conversations

import (
	"context"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type listOptions struct {
	owner  string
	query  roaming.ConversationQuery
	page   flags.Page
	cursor string
	number int
	recent bool

	pageSet bool
	full    bool // a numbered page as long as a page can be: the service does not say whether it is the last
}

type pages = iter.Seq2[roaming.Page[roaming.Conversation], error]

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list --user U",
		Aliases: []string{"ls"},
		Short:   "List a user's conversations, each with its latest message",
		Long: `List the conversations that the service keeps for a user, newest activity
first, each with its latest message.

The service has three lists. The one by cursor, the default, hands out at most
50 conversations a call; --page asks the numbered one, at most 20 a page;
--recent asks the old one, by default the 10 most recent of the last 7 days.
Chat rooms are on none of them. A user may be listed 5 times a minute.`,
		Example: `  roamctl conversations list --user alice --sandbox
  roamctl conversations list -u alice --type group --all -o json --sandbox
  roamctl conversations list -u alice --page 1 --page-size 5 --sandbox
  roamctl conversations list -u alice --pinned --columns id,pinned_at,marks --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.pageSet = cmd.Flags().Changed("page")
			return o.run(cmd.Context(), a)
		},
	}
	flags.User(cmd, &o.owner)
	flags.Enum(cmd, &o.query.Type, "type", "chat|group", "only conversations of this type", parseListType, roaming.Chat, roaming.Group)
	flags.Paging(cmd, &o.page, roaming.MaxListPage, "conversations")
	cmd.Flags().StringVar(&o.cursor, "cursor", "", "go on from the `CURSOR` that an earlier listing ended with")
	cmd.Flags().IntVar(&o.number, "page", 0, "page `N` of the numbered list, from 1")
	cmd.Flags().BoolVar(&o.recent, "recent", false, "the old list of recent conversations")
	cmd.Flags().BoolVar(&o.query.IncludeEmpty, "include-empty", false, "also conversations without a message left")
	cmd.Flags().BoolVar(&o.query.PinnedOnly, "pinned", false, "only pinned conversations")
	for _, name := range []string{"cursor", "page"} {
		flags.CompleteWith(cmd, name, flags.CompleteNothing)
	}
	for _, other := range []string{"recent", "cursor", "limit", "all", "include-empty", "pinned"} {
		cmd.MarkFlagsMutuallyExclusive("page", other)
	}
	for _, other := range []string{"cursor", "limit", "all", "page-size", "include-empty", "pinned"} {
		cmd.MarkFlagsMutuallyExclusive("recent", other)
	}
	flags.Columns(cmd, View())
	return cmd
}

// parseListType refuses rooms: they never are on a list (contract, section 2).
func parseListType(s string) (roaming.ChatType, error) {
	t, err := roaming.ParseChatType(s)
	if err != nil || t == roaming.Room {
		return "", fmt.Errorf("unknown type %q: chat or group (chat rooms never are on a list)", s)
	}
	return t, nil
}

func (o *listOptions) run(ctx context.Context, a *app.App) error {
	if err := o.check(a); err != nil {
		return err
	}
	listing := app.Listing[roaming.Conversation]{View: View(), Empty: "no conversations, as far as was asked for", More: func(next roaming.Cursor) string {
		return fmt.Sprintf("--cursor %q goes on, --all takes everything", next)
	}}
	err := listing.Run(ctx, a, func() (pages, error) {
		svc, err := a.Service(ctx)
		if err != nil {
			return nil, err
		}
		return o.open(ctx, svc), nil
	})
	if err == nil && o.full {
		a.Note("there may be more: --page %d goes on", o.number+1)
	}
	return err
}

func (o *listOptions) check(a *app.App) error {
	if err := flags.CheckUser(o.owner); err != nil {
		return err
	}
	if o.pageSet {
		if o.number < 1 {
			return fault.New(fault.Usage, "--page is %d: pages count from 1", o.number)
		}
		o.page.Max = roaming.MaxNumberedListPage
	}
	if err := o.page.Check(a); err != nil {
		return err
	}
	o.query.Cursor = roaming.Cursor(o.cursor)
	o.query.PageSize, o.query.Limit = o.page.Size, o.page.Limit()
	return nil
}

// open asks the list that the flags name.
func (o *listOptions) open(ctx context.Context, svc roaming.Service) pages {
	switch {
	case o.recent:
		return o.single(svc.RecentConversations(ctx, o.owner))
	case o.pageSet:
		page, err := svc.ConversationsPage(ctx, o.owner, o.number, o.page.Size)
		o.full = len(page.Items) >= o.page.Size
		return o.single(page, err)
	default:
		return svc.Conversations(ctx, o.owner, o.query)
	}
}

// single is one page as a listing. The service can't select by type, so that
// is done here.
func (o *listOptions) single(page roaming.Page[roaming.Conversation], err error) pages {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		page.Items = roaming.OfType(page.Items, o.query.Type)
		yield(page, err)
	}
}
