package archive

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// gap is a span that the archive lacks.
type gap struct {
	User         string             `json:"user"` // "" for the whole app
	ChatType     roaming.ChatType   `json:"chat_type"`
	Conversation string             `json:"conversation"`
	From         roaming.Time       `json:"from"` // null for the beginning
	To           roaming.Time       `json:"to"`   // null for the end
	State        archive.FetchState `json:"state"`
	Fetched      roaming.Time       `json:"fetched"` // the last try; null for none
	Reason       string             `json:"reason"`
}

type gapsOptions struct {
	users        []string
	since, until string
	attachments  bool

	span archive.Span
}

func newGaps(a *app.App) *cobra.Command {
	o := gapsOptions{}
	cmd := &cobra.Command{
		Use:   "gaps",
		Short: "List what an archive does not have",
		Long: `List the spans of time that an archive does not have, or not for sure: hours of
the whole app from history files, and users' histories of conversations.

The state of a gap:

  failed   the request failed; the next sync tries again
  young    fetched before the service had all of it; the next sync tries again
  expired  the service no longer has it
  never    no sync asked for it

Adjacent hours with one state and reason are one gap. With --since also the hours
are listed that no sync asked for, up to --until or now. Imports don't close gaps.

--attachments lists the files of messages that the archive does not have, those that
expire next first in each state:

  pending    no sync with --with-attachments has fetched it yet
  failed     the request failed; the next such sync tries again
  expired    the service no longer has it
  refused    its URL is one of a private host, or no URL of the web
  too-large  it is larger than the service keeps

Columns of --attachments: id, state, deadline, reason.`,
		Example: `  roamctl archive gaps
  roamctl archive gaps --since 7d
  roamctl archive gaps --user alice -o ndjson
  roamctl archive gaps --attachments`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	flags.Archive(cmd)
	f := cmd.Flags()
	flags.List(f, &o.users, "user", "u", "list only gaps in the history of this `USER`")
	f.StringVar(&o.since, "since", "", "list only gaps after this `TIME`, and hours that no sync asked for")
	f.StringVar(&o.until, "until", "", "list only gaps before this `TIME`; a day includes all of it")
	f.BoolVar(&o.attachments, "attachments", false, "list files of messages instead")
	for _, name := range []string{"user", "since", "until"} {
		cmd.MarkFlagsMutuallyExclusive("attachments", name)
	}
	flags.Columns(cmd, gapsView())
	return cmd
}

func (o *gapsOptions) run(ctx context.Context, a *app.App) error {
	if err := o.check(a); err != nil {
		return err
	}
	if o.attachments {
		return listMissingFiles(ctx, a)
	}
	listing := app.Listing[gap]{View: gapsView(), Empty: "no gaps are known in what was synced"}
	var store archive.Store
	err := listing.Run(ctx, a, func() (_ iter.Seq2[roaming.Page[gap], error], err error) {
		store, err = a.Archive(ctx, app.ReadArchive)
		if err != nil {
			return nil, err
		}
		return paged(o.gaps(ctx, store)), nil
	})
	if err != nil {
		return err
	}
	return a.NoteNeverRead(ctx, store, o.users, "", "")
}

func (o *gapsOptions) check(a *app.App) error {
	for _, user := range o.users {
		if err := flags.CheckUser("--user", user); err != nil {
			return err
		}
	}
	from, to, err := a.ParseRange(o.since, o.until)
	if err != nil {
		return err
	}
	o.span = archive.Everything()
	if !from.IsZero() {
		o.span.From, o.span.To = from.UnixMilli(), a.Now().UnixMilli()
	}
	if !to.IsZero() {
		o.span.To = to.UnixMilli()
	}
	return nil
}

// gaps are the gaps of the app and all users, or of some users.
func (o *gapsOptions) gaps(ctx context.Context, store archive.Store) iter.Seq2[gap, error] {
	users := o.users
	if len(users) == 0 {
		users = []string{""}
	}
	return func(yield func(gap, error) bool) {
		for _, user := range users {
			for g, err := range store.Gaps(ctx, archive.GapQuery{Span: o.span, User: user, Hours: o.since != ""}) {
				if !yield(gapOf(g), err) || err != nil {
					return
				}
			}
		}
	}
}

func gapOf(g archive.Gap) gap {
	row := gap{User: g.Subject.User, ChatType: g.Subject.Conversation.Type, State: g.State, Fetched: g.At, Reason: g.Reason}
	if row.User != "" {
		row.Conversation = g.Subject.Conversation.For(row.User)
	}
	everything := archive.Everything()
	if g.Span.From > everything.From {
		row.From = roaming.Millis(g.Span.From)
	}
	if g.Span.To < everything.To {
		row.To = roaming.Millis(g.Span.To)
	}
	return row
}

func gapsView() render.View[gap] {
	return render.View[gap]{Columns: render.Fields[gap]("user", "chat_type,hidden", "conversation", "from", "to", "state", "fetched,drop=1", "reason,flex")}
}

// paged makes pages of a listing that has no cursors.
func paged[T any](items iter.Seq2[T, error]) iter.Seq2[roaming.Page[T], error] {
	const size = 50
	return func(yield func(roaming.Page[T], error) bool) {
		var page roaming.Page[T]
		for item, err := range items {
			if err != nil {
				if len(page.Items) == 0 || yield(page, nil) {
					yield(roaming.Page[T]{}, err)
				}
				return
			}
			if page.Items = append(page.Items, item); len(page.Items) == size {
				if !yield(page, nil) {
					return
				}
				page.Items = nil
			}
		}
		yield(page, nil)
	}
}
