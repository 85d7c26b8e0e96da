package conversations

import (
	"context"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type listOptions struct {
	users  flags.Users
	limits multiuser.Limits
	list   multiuser.List
	page   flags.Page
	cursor string

	pageSet bool
}

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list {--user USER | --users-file FILE | --all-users}",
		Aliases: []string{"ls"},
		Short:   "List users' conversations with their latest message",
		Long: `List the conversations that the service keeps for a user, newest activity first,
each with its latest message.

The service has three lists. The one by cursor, the default, returns at most 50
conversations a request. --page requests the numbered one, at most 20 a page.
--recent requests the old one, by default the 10 most recent of the last 7 days.
Chat rooms are on none of them. A list holds 100 conversations, 500 on the
Flagship plan, and the idle ones fall off it; it changes a little after the
messages do. The service allows 5 such requests a minute for
each user.

With several users the command prints one user after the other, in the order given.
Each entry then has a user column, and --limit applies to each user. A user that
fails does not stop the others.`,
		Example: `  roamctl conversations list --user alice --sandbox
  roamctl conversations list -u alice --type group --all -o json --sandbox
  roamctl conversations list -u alice --page 1 --page-size 5 --sandbox
  roamctl conversations list -u alice --pinned --columns id,pinned_at,marks --sandbox
  roamctl conversations list -u alice -u bob --limit 2 --sandbox
  roamctl conversations list --all-users --all -o ndjson --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.pageSet = cmd.Flags().Changed("page")
			return o.run(cmd.Context(), a)
		},
	}
	o.users.Declare(cmd)
	flags.Type(cmd, &o.list.Query.Type, "list only conversations of this `TYPE`: chat or group", roaming.Chat, roaming.Group)
	flags.Paging(cmd, &o.page, roaming.MaxListPage, "conversations")
	cmd.Flags().StringVar(&o.cursor, "cursor", "", "continue from the `CURSOR` that an earlier listing ended with")
	cmd.Flags().IntVar(&o.list.Number, "page", 0, "request page `N` of the numbered list, from 1")
	cmd.Flags().BoolVar(&o.list.Recent, "recent", false, "request the old list of recent conversations")
	cmd.Flags().BoolVar(&o.list.Query.IncludeEmpty, "include-empty", false, "list also conversations that have no message left")
	cmd.Flags().BoolVar(&o.list.Query.PinnedOnly, "pinned", false, "list only pinned conversations")
	for _, other := range []string{"recent", "cursor", "limit", "all", "include-empty", "pinned"} {
		cmd.MarkFlagsMutuallyExclusive("page", other)
	}
	for _, other := range []string{"cursor", "limit", "all", "page-size", "include-empty", "pinned"} {
		cmd.MarkFlagsMutuallyExclusive("recent", other)
	}
	o.limits.Declare(cmd)
	flags.Columns(cmd, views.OfUser(views.Conversations(), ""))
	return cmd
}

func (o *listOptions) run(ctx context.Context, a *app.App) error {
	if err := o.check(a); err != nil {
		return err
	}
	if o.users.Several() {
		return multiuser.Run(ctx, a, o.users, o.limits, multiuser.Intent{Command: "conversations list", List: &o.list})
	}
	listing := app.Listing[roaming.Conversation]{View: views.OfUser(views.Conversations(), o.users.One()), Empty: "no matching conversations", More: func(next roaming.Cursor) string {
		return fmt.Sprintf("--cursor %q continues, --all reads everything", next)
	}}
	full := false // a numbered page as long as a page can be: the service does not say whether it is the last
	err := listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[roaming.Conversation], error], error) {
		svc, err := a.Service(ctx)
		if err != nil {
			return nil, err
		}
		pages := o.list.Pages(ctx, svc, o.users.One())
		if o.list.Number == 0 {
			return pages, nil
		}
		return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
			for page, err := range pages {
				full = page.Full
				if !yield(page, err) {
					return
				}
			}
		}, nil
	})
	if err == nil && full {
		a.Note("there may be more: --page %d continues", o.list.Number+1)
	}
	return err
}

func (o *listOptions) check(a *app.App) error {
	if err := o.users.Check(); err != nil {
		return err
	}
	if err := o.limits.CheckReading(a, o.users.Several()); err != nil {
		return err
	}
	if o.users.Several() && o.cursor != "" {
		return fault.New(fault.Usage, "--cursor continues one user's list, not several")
	}
	if o.pageSet {
		if o.list.Number < 1 {
			return fault.New(fault.Usage, "--page is %d: pages count from 1", o.list.Number)
		}
		o.page.Max = roaming.MaxNumberedListPage
	}
	if err := o.page.Check(a); err != nil {
		return err
	}
	o.list.Size = o.page.Size
	o.list.Query.Cursor = roaming.Cursor(o.cursor)
	o.list.Query.PageSize, o.list.Query.Limit = o.page.Size, o.page.Limit()
	return nil
}
