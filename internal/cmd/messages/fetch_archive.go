package messages

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// archiveArg takes the argument after --archive for its value, which pflag does
// not.
func archiveArg(cmd *cobra.Command, args []string) error {
	f := cmd.Flags().Lookup("archive")
	if len(args) == 1 && f.Changed && f.Value.String() == flags.ConfiguredArchive {
		return f.Value.Set(args[0])
	}
	return cobra.NoArgs(cmd, args)
}

// archivedMessage is a message that an archive has of a user's conversation.
type archivedMessage struct {
	User string `json:"user,omitempty"` // without a conversation, or with several users
	archive.Record
}

// fetchArchived prints from an archive.
func (o *fetchOptions) fetchArchived(ctx context.Context, a *app.App) error {
	switch {
	case o.users.File != "" || o.users.All || o.users.RetryFailed != "":
		return fault.New(fault.Usage, "--archive reads the histories of users that --user names").
			WithHint("roamctl archive export exports all of an archive")
	case o.ref.Conversation == "" && o.chatType != "":
		return fault.New(fault.Usage, "with --archive, --type needs --conversation")
	}
	listing := app.Listing[archivedMessage]{
		View: archivedView(o.users.Several()), Empty: "the archive has no matching messages of " + strings.Join(o.users.IDs, ", "),
		More: func(next roaming.Cursor) string {
			return fmt.Sprintf("--start %s continues, --all reads everything", next)
		},
	}
	l := archivedListing{fetchOptions: o}
	err := listing.Run(ctx, a, func() (_ iter.Seq2[roaming.Page[archivedMessage], error], err error) {
		if l.store, err = a.Archive(ctx, app.ReadArchive); err != nil {
			return nil, err
		}
		l.search = archive.Search{Span: o.archiveSpan(), Oldest: o.query.Direction == roaming.Down, Raw: true}
		if o.start != "" {
			m, err := l.store.Get(ctx, archive.ParseKey(o.start))
			if err != nil {
				return nil, err
			}
			l.search.After = m.Position
		}
		return l.pages(ctx), nil
	})
	if err != nil {
		return err
	}
	if l.cut > 0 && o.users.Several() {
		a.Note("there is more of %s: --all reads everything", render.Count(l.cut, "user"))
	}
	return a.NoteNeverRead(ctx, l.store, l.nothing, o.ref.Conversation, o.chatType)
}

// archivedListing lists the messages of users from an archive.
type archivedListing struct {
	*fetchOptions

	store   archive.Store
	search  archive.Search
	nothing []string // users without a message
	cut     int      // users whose messages the limit cut short
}

// pages yields the messages of all users, one after the other.
func (l *archivedListing) pages(ctx context.Context) iter.Seq2[roaming.Page[archivedMessage], error] {
	return func(yield func(roaming.Page[archivedMessage], error) bool) {
		for _, user := range l.users.IDs {
			found, more := 0, false
			for page, err := range l.ofUser(ctx, user) {
				found, more = found+len(page.Items), page.Next != ""
				if l.users.Several() {
					page.Next = "" // it would continue one of several users
				}
				if !yield(page, err) || err != nil {
					return
				}
			}
			if found == 0 {
				l.nothing = append(l.nothing, user)
			}
			if more {
				l.cut++
			}
		}
	}
}

// archiveSpan is what --since and --until allow. Messages without a time are
// outside of both.
func (o *fetchOptions) archiveSpan() archive.Span {
	span := archive.Everything()
	if !o.query.Since.IsZero() {
		span.From = o.query.Since.UnixMilli()
	}
	if !o.query.Until.IsZero() {
		span.From, span.To = max(span.From, 1), o.query.Until.UnixMilli()
	}
	return span
}

// archiveQuery takes the messages of one user's conversation, or of all.
func (o *fetchOptions) archiveQuery(ctx context.Context, store archive.Store, user string) (query.Expr, error) {
	var all query.And
	if o.ref.Conversation != "" {
		all = append(all, archive.ConversationOf(roaming.Ref{User: user, Conversation: o.ref.Conversation, Type: o.chatType}).Query())
	} else {
		conversations, err := conversationsOf(ctx, store, user)
		if err != nil {
			return nil, err
		}
		all = append(all, conversations)
	}
	var senders, kinds query.Or
	for _, sender := range o.query.Senders {
		senders = append(senders, query.From{User: sender})
	}
	for _, kind := range o.query.Kinds {
		kinds = append(kinds, query.Kind{Kind: kind})
	}
	for _, either := range []query.Or{senders, kinds} {
		if len(either) > 0 {
			all = append(all, either)
		}
	}
	return all, nil
}

// conversationsOf takes a user's one-to-one chats, what the user sent to groups and
// rooms, and all of those that a sync read for the user or an import of the user's
// history had.
func conversationsOf(ctx context.Context, store archive.Store, user string) (query.Or, error) {
	all := query.Or{query.With{User: user}}
	for c, err := range store.Conversations(ctx, user) {
		if err != nil {
			return nil, err
		}
		if c.Type != roaming.Chat {
			all = append(all, c.Query())
		}
	}
	return all, nil
}

// ofUser yields one user's messages. The last page has a cursor if the limit cut
// them short.
func (l *archivedListing) ofUser(ctx context.Context, user string) iter.Seq2[roaming.Page[archivedMessage], error] {
	return func(yield func(roaming.Page[archivedMessage], error) bool) {
		var page roaming.Page[archivedMessage]
		search := l.search
		var err error
		if search.Query.Expr, err = l.archiveQuery(ctx, l.store, user); err != nil {
			yield(page, err)
			return
		}
		limit := l.query.Limit
		if limit > 0 {
			search.Limit = limit + 1 // shows whether there are more
		}
		n := 0
		for m, err := range l.store.Search(ctx, search) {
			switch {
			case err != nil:
				_ = (len(page.Items) == 0 || yield(page, nil)) && yield(roaming.Page[archivedMessage]{}, err)
				return
			case n == limit && limit > 0:
				yield(page, nil)
				return
			}
			row := archivedMessage{Record: m.Record()}
			row.Conversation = m.Conversation.For(user)
			if l.users.Several() || l.ref.Conversation == "" {
				row.User = user
			}
			n++
			page.Items, page.Next = append(page.Items, row), roaming.Cursor(row.ID)
			if len(page.Items) == roaming.MaxHistoryPage && n != limit {
				if !yield(page, nil) {
					return
				}
				page = roaming.Page[archivedMessage]{}
			}
		}
		page.Next = ""
		yield(page, nil)
	}
}

func archivedView(several bool) render.View[archivedMessage] {
	v := views.Of(views.Archived(), func(m archivedMessage) archive.Record { return m.Record })
	user := render.Column[archivedMessage]{Name: "user", Default: several, Hidden: !several, Cell: func(m archivedMessage, _ render.Env) string { return m.User }}
	v.Columns = append([]render.Column[archivedMessage]{user}, v.Columns...)
	if several {
		v.Message = nil // a transcript is of one user
	}
	return v
}
