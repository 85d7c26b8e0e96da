package multiuser

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// List lists conversations.
type List struct {
	Query  roaming.ConversationQuery `json:"query"`
	Number int                       `json:"number,omitempty"` // of the page of the numbered list; 0 for the list by cursor
	Size   int                       `json:"size,omitempty"`   // of that page
	Recent bool                      `json:"recent,omitempty"` // the old list
}

// Pages is the list of one user.
func (l *List) Pages(ctx context.Context, svc roaming.Service, user string) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	switch {
	case l.Recent:
		return l.single(svc.RecentConversations(ctx, user))
	case l.Number > 0:
		page, err := svc.ConversationsPage(ctx, user, l.Number, l.Size)
		page.Full = len(page.Items) >= l.Size
		return l.single(page, err)
	default:
		return svc.Conversations(ctx, user, l.Query)
	}
}

// single is one page as a listing. The service can't select by type, so that
// is done here.
func (l *List) single(page roaming.Page[roaming.Conversation], err error) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		page.Items = roaming.OfType(page.Items, l.Query.Type)
		yield(page, err)
	}
}

// userConversation is a conversation of a list of several users.
type userConversation struct {
	User string `json:"user"`
	roaming.Conversation
}

func (l *List) view() render.View[userConversation] {
	v := withUser(views.Conversations(), func(c userConversation) (string, roaming.Conversation) { return c.User, c.Conversation })
	v.JSON = func(c userConversation) any {
		return struct {
			User string `json:"user"`
			views.ListedConversation
		}{c.User, views.Listed(c.Conversation)}
	}
	return v
}

func (l *List) check(a *app.App) error { return checkList(a, l.view()) }

func (l *List) minCalls() map[string]float64 { return map[string]float64{limiter.FamilyList: 1} }

func (l *List) readOnly() bool { return true }

func (l *List) prepare(context.Context, *session) (func() error, error) { return nothingToRelease() }

func (l *List) do(ctx context.Context, r *session) error {
	svc, err := r.app.Service(ctx)
	if err != nil {
		return err
	}
	defer r.noteCut("user's list", "users' lists")
	return printList(ctx, r, l.view(), func(ctx context.Context, j run.Job, emit func([]userConversation) error) (run.Result, error) {
		var done run.Result
		bad, more := 0, false
		for page, err := range l.Pages(ctx, svc, j.User) {
			if err != nil {
				return done, err
			}
			more = page.Next != ""
			items := make([]userConversation, len(page.Items))
			for i, c := range page.Items {
				items[i] = userConversation{j.User, c}
			}
			if err := emit(items); err != nil {
				return done, err
			}
			done.Conversations += len(items)
			r.meter.conversations.Add(int64(len(items)))
			bad += warnUnreadable(r.app, j.User, page.Bad)
		}
		if more {
			r.meter.cut.Add(1)
		}
		return done, unreadable(bad)
	})
}
