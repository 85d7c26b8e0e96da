package users

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// overview lists the user's conversations with what their ends tell.
func (g *gatherer) overview(ctx context.Context) error {
	user := g.options.user.ID
	var failed error
	listing := app.Listing[explain.Row]{View: overviewView(), Empty: "no conversation of " + user + " is known"}
	err := listing.Run(ctx, g.app, func() (iter.Seq2[roaming.Page[explain.Row], error], error) {
		return func(yield func(roaming.Page[explain.Row], error) bool) {
			for row, err := range g.known(ctx) {
				if err == nil {
					err = g.ends(ctx, &row)
				}
				if fault.AffectsOneConversation(err) {
					failed = errors.Join(failed, err)
					err = nil
				}
				if !yield(roaming.Page[explain.Row]{Items: []explain.Row{row}}, err) || err != nil {
					return
				}
			}
		}, nil
	})
	if err == nil && failed != nil {
		err = fault.Wrap(fault.Partial, failed, "some conversations of %s could not be read", user)
	}
	return err
}

// known lists the conversations: those on the list, the user's groups, and those that
// were deleted from by this machine.
func (g *gatherer) known(ctx context.Context) iter.Seq2[explain.Row, error] {
	return func(yield func(explain.Row, error) bool) {
		seen := map[roaming.Ref]bool{}
		for _, rows := range []func(context.Context) iter.Seq2[explain.Row, error]{g.listed, g.groups, g.logged} {
			for row, err := range rows(ctx) {
				ref := roaming.Ref{Conversation: row.Conversation, Type: row.Type}
				if err == nil && seen[ref] {
					continue
				}
				seen[ref] = true
				row.User = g.options.user.ID
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// listed are the conversations on the user's list.
func (g *gatherer) listed(ctx context.Context) iter.Seq2[explain.Row, error] {
	return func(yield func(explain.Row, error) bool) {
		user := g.options.user.ID
		for c, err := range roaming.WholeList(ctx, g.svc, user, roaming.ConversationQuery{IncludeEmpty: true}) {
			if roaming.IsItemError(err) {
				g.app.Warn("of the list of %s, unreadable: %v", user, err)
				continue
			}
			row := explain.Row{Conversation: c.ID, Type: c.Type, List: onList(&c), Unread: c.Unread}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// groups are the user's groups. docs/contract.md does not specify a refusal, so they are
// left out then.
func (g *gatherer) groups(ctx context.Context) iter.Seq2[explain.Row, error] {
	return func(yield func(explain.Row, error) bool) {
		for group, err := range roaming.Items(g.directory.UserGroups(ctx, g.options.user.ID)) {
			if err != nil && ctx.Err() == nil {
				g.app.Warn("the groups are left out: %v", err)
				return
			}
			if !yield(explain.Row{Conversation: group.ID, Type: roaming.Group, List: explain.NotListed}, err) || err != nil {
				return
			}
		}
	}
}

// logged are the conversations in the audit log of this machine.
func (g *gatherer) logged(ctx context.Context) iter.Seq2[explain.Row, error] {
	return func(yield func(explain.Row, error) bool) {
		selection := app.Selection[audit.Entry]{Limit: maxLogged, Keep: func(e audit.Entry) bool {
			return e.User == g.options.user.ID && e.Conversation != "" && (e.Type == roaming.Chat || e.Type == roaming.Group)
		}}
		for e, err := range g.deletionsIn(ctx, &selection) {
			if !yield(explain.Row{Conversation: e.Conversation, Type: e.Type, List: explain.NotListed}, err) || err != nil {
				return
			}
		}
	}
}

// maxLogged is how many entries of the audit log are looked at for conversations.
const maxLogged = 1000

// ends reads both ends of the views and sets the issue. The error is one of the user's
// view.
func (g *gatherer) ends(ctx context.Context, r *explain.Row) error {
	own := g.endsOf(ctx, roaming.Ref{User: r.User, Conversation: r.Conversation, Type: r.Type})
	var other *explain.Ends
	if r.Type == roaming.Chat && r.Conversation != r.User && own.Err == nil {
		ends := g.endsOf(ctx, roaming.Ref{User: r.Conversation, Conversation: r.User, Type: roaming.Chat})
		other = &ends
		if ends.Err == nil && ends.Newest.ID != own.Newest.ID { // a message may have arrived meanwhile
			own = g.endsOf(ctx, roaming.Ref{User: r.User, Conversation: r.Conversation, Type: r.Type})
		}
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	r.Explain(own, other)
	r.More = g.here(r.More)
	return own.Err
}

func (g *gatherer) endsOf(ctx context.Context, ref roaming.Ref) (e explain.Ends) {
	e.Newest, e.Err = g.end(ctx, ref, roaming.Up)
	if e.Err == nil && !e.Empty() {
		e.Oldest, e.Err = g.end(ctx, ref, roaming.Down)
	}
	return e
}

// end is the message at one end of a history. An unreadable item is an error.
func (g *gatherer) end(ctx context.Context, ref roaming.Ref, d roaming.Direction) (explain.Single, error) {
	for m, err := range roaming.Items(g.svc.History(ctx, ref, roaming.HistoryQuery{Direction: d, Limit: 1, PageSize: 1, UserView: true})) {
		if err != nil {
			return explain.Single{}, fmt.Errorf("of %s: %w", ref, err)
		}
		return explain.Single{ID: m.ID, Timestamp: m.Timestamp, From: m.From}, nil
	}
	return explain.Single{}, nil
}
