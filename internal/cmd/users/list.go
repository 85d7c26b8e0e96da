package users

import (
	"context"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type listOptions struct {
	page   flags.Page
	cursor string
}

func newList(a *app.App) *cobra.Command {
	o := listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the app's users",
		Long: `List the users of the app, in the service's own order.

The service returns at most 100 users a request. --limit and --all send as many
requests as they need, and print each page as it arrives. --cursor continues where
an earlier listing ended.`,
		Example: `  roamctl users list --sandbox
  roamctl users list --all -o ndjson --jq .id --sandbox
  roamctl users list --limit 3 --columns id,created --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.Limit(cmd, &o.page, roaming.MaxUsersPage, "users")
	cmd.Flags().StringVar(&o.cursor, "cursor", "", "continue from the `CURSOR` that an earlier listing ended with")
	flags.Columns(cmd, listView())
	return cmd
}

func (o *listOptions) run(ctx context.Context, a *app.App) error {
	if err := o.page.Check(a); err != nil {
		return err
	}
	listing := app.Listing[roaming.User]{View: listView(), More: func(next roaming.Cursor) string {
		return fmt.Sprintf("--cursor %q continues, --all reads everything", next)
	}}
	return listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[roaming.User], error], error) {
		directory, err := a.Directory(ctx)
		if err != nil {
			return nil, err
		}
		query := roaming.UserQuery{Cursor: roaming.Cursor(o.cursor), PageSize: roaming.MaxUsersPage, Limit: o.page.Limit()}
		return directory.Users(ctx, query), nil
	})
}

func listView() render.View[roaming.User] {
	return render.View[roaming.User]{Columns: []render.Column[roaming.User]{
		{Name: "id", Default: true, Cell: func(u roaming.User, _ render.Env) string { return u.ID }},
		{Name: "created", Default: true, Cell: func(u roaming.User, e render.Env) string { return e.Time(u.Created.Time) }},
		{Name: "activated", Default: true, Cell: func(u roaming.User, _ render.Env) string {
			if u.Activated {
				return "yes"
			}
			return "no"
		}},
	}}
}
