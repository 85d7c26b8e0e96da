package archive

import (
	"context"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// sighting is what a user saw of a message.
type sighting struct {
	User string `json:"user"`
	archive.Record

	State     archive.SightingState `json:"state"`
	FirstSeen roaming.Time          `json:"first_seen"` // null when no sync saw it, or only an import
	LastSeen  roaming.Time          `json:"last_seen"`
	GoneSince roaming.Time          `json:"gone_since"` // when a recheck no longer saw it; null unless it is gone or expired
}

func sightingStates() []archive.SightingState {
	return []archive.SightingState{archive.Seen, archive.Gone, archive.Expired, archive.Unseen, archive.Unread}
}

// sightingOptions choose sightings.
type sightingOptions struct {
	users        []string
	conversation string
	chatType     roaming.ChatType
	states       []archive.SightingState
	page         flags.Page
}

func (o *sightingOptions) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	flags.List(f, &o.users, "user", "u", "show what this `USER` saw of each message")
	flags.Once(f, &o.conversation, "conversation", "c", "show only the conversation with this `ID`: the peer, group or room")
	flags.Type(cmd, &o.chatType, "set the `TYPE` of the conversation: chat (the default), group or room", roaming.ChatTypes()...)
	flags.Choices(cmd, &o.states, "state", "show only messages in this `STATE`: seen, gone, expired, unseen or unread", sightingStates()...)
	flags.Local(cmd, &o.page, 50, "messages")
}

// check refuses flags that make no sense without a user.
func (o *sightingOptions) check(a *app.App) error {
	if len(o.users) == 0 {
		for _, name := range []string{"conversation", "type", "state", "limit", "all"} {
			if a.Flags.Changed(name) {
				return fault.New(fault.Usage, "--%s needs --user", name)
			}
		}
		return nil
	}
	for _, user := range o.users {
		if err := flags.CheckUser("--user", user); err != nil {
			return err
		}
	}
	one, err := flags.CheckConversations(o.conversation, &o.chatType)
	switch {
	case err != nil:
		return err
	case !one && o.chatType != "":
		return fault.New(fault.Usage, "--type needs --conversation")
	}
	return o.page.Check(a)
}

// run lists what the users saw, each conversation's oldest message first.
func (o *sightingOptions) run(ctx context.Context, a *app.App) error {
	more := false
	listing := app.Listing[sighting]{View: sightingsView(), Empty: "no matching messages"}
	var store archive.Store
	err := listing.Run(ctx, a, func() (_ iter.Seq2[roaming.Page[sighting], error], err error) {
		store, err = a.Archive(ctx, app.ReadArchive)
		if err != nil {
			return nil, err
		}
		selected := app.Selection[sighting]{Keep: func(sighting) bool { return true }, Limit: o.page.Limit()}
		return func(yield func(roaming.Page[sighting], error) bool) {
			paged(selected.First(o.sightings(ctx, store)))(yield)
			more = selected.Cut
		}, nil
	})
	if more {
		a.Note("there is more: --all prints everything")
	}
	if err != nil {
		return err
	}
	return a.NoteNeverRead(ctx, store, o.users, o.conversation, o.chatType)
}

func (o *sightingOptions) sightings(ctx context.Context, store archive.Store) iter.Seq2[sighting, error] {
	return func(yield func(sighting, error) bool) {
		for _, user := range o.users {
			q := archive.SightingQuery{User: user, Span: archive.Everything(), States: o.states}
			if o.conversation != "" {
				c := archive.ConversationOf(roaming.Ref{User: user, Conversation: o.conversation, Type: o.chatType})
				q.Conversation = &c
			}
			for s, err := range store.Sightings(ctx, q) {
				var row sighting
				if err == nil {
					row, err = sightingOf(ctx, store, s)
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

func sightingOf(ctx context.Context, store archive.Store, s archive.Sighting) (sighting, error) {
	m, err := store.Get(ctx, s.Message)
	if err != nil {
		return sighting{}, fmt.Errorf("reading what %s saw: %w", s.User, err)
	}
	row := sighting{
		User: s.User, Record: m.Record(), State: s.State,
		FirstSeen: s.First.Started, LastSeen: s.Last.Started, GoneSince: s.Ended.Started,
	}
	row.Conversation = m.Conversation.For(s.User)
	return row, nil
}

func sightingsView() render.View[sighting] {
	v := views.Of(views.Archived(), func(s sighting) archive.Record { return s.Record })
	user := render.Column[sighting]{Name: "user", Cell: func(s sighting, _ render.Env) string { return s.User }}
	columns := []render.Column[sighting]{user}
	for _, c := range v.Columns {
		switch c.Name {
		case "conversation":
			c.Default = true
		case "kind":
			c.Default = false
		case "text":
			columns = append(columns, render.Fields[sighting]("state", "first_seen,hidden", "last_seen,drop=2", "gone_since")...)
		}
		columns = append(columns, c)
	}
	v.Columns = columns
	return v
}
