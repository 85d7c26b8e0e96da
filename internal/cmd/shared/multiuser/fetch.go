package multiuser

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Fetch reads messages: of one conversation of each user, or of all that are on
// the user's list.
type Fetch struct {
	Query roaming.HistoryQuery       `json:"query"`
	Only  *export.ConversationFilter `json:"only,omitempty"`
	Type  roaming.ChatType           `json:"type,omitempty"` // without Only: of that type; "" for both
}

// userMessage is a message of several users' histories.
type userMessage struct {
	User string `json:"user"`
	roaming.Message
}

func (f *Fetch) view() render.View[userMessage] {
	v := views.Messages()
	for i, c := range v.Columns {
		if c.Name == "conversation" {
			v.Columns[i].Default = true // there may be several
		}
	}
	return withUser(v, func(m userMessage) (string, roaming.Message) { return m.User, m.Message })
}

func (f *Fetch) check(a *app.App) error { return checkList(a, f.view()) }

func (f *Fetch) minCalls() map[string]float64 {
	if f.Only != nil {
		return map[string]float64{limiter.FamilyOther: 1}
	}
	return map[string]float64{limiter.FamilyList: 1, limiter.FamilyOther: 1}
}

func (f *Fetch) readOnly() bool { return true }

func (f *Fetch) prepare(context.Context, *session) (func() error, error) { return nothingToRelease() }

func (f *Fetch) do(ctx context.Context, r *session) error {
	svc, err := r.app.Service(ctx)
	if err != nil {
		return err
	}
	view := f.view()
	view.Columns[0].Default = !r.oneNamed()
	defer r.noteCut("conversation", "conversations")
	return printList(ctx, r, view, func(ctx context.Context, j run.Job, emit func([]userMessage) error) (run.Result, error) {
		var done run.Result
		refs, bad, err := f.refs(ctx, r, svc, j.User)
		if err != nil {
			return done, err
		}
		var refused []error
		for _, ref := range refs {
			messages, broken, err := f.history(ctx, r, svc, ref, emit)
			done.Messages += messages
			bad += broken
			switch {
			case f.Only == nil && fault.AffectsOneConversation(err):
				refused = append(refused, err)
				r.app.Warn("not fetched: %v", err)
				continue
			case err != nil:
				return done, err
			}
			done.Conversations++
			r.meter.conversations.Add(1)
		}
		if len(refused) > 0 {
			return done, roaming.RefusedError(j.User, refused, len(refs))
		}
		if f.Only != nil && done.Messages == 0 && bad == 0 {
			return done, roaming.CheckType(ctx, svc, refs[0])
		}
		return done, unreadable(bad)
	})
}

// history emits one conversation's messages, and counts them and the unreadable
// items.
func (f *Fetch) history(ctx context.Context, r *session, svc roaming.Service, ref roaming.Ref, emit func([]userMessage) error) (messages, bad int, err error) {
	more := false
	for page, err := range svc.History(ctx, ref, f.Query) {
		if err != nil {
			return messages, bad, err
		}
		more = page.Next != ""
		items := make([]userMessage, len(page.Items))
		for i, m := range page.Items {
			items[i] = userMessage{ref.User, m}
		}
		if err := emit(items); err != nil {
			return messages, bad, err
		}
		messages += len(items)
		r.meter.messages.Add(int64(len(items)))
		bad += warnUnreadable(r.app, ref.String(), page.Bad)
	}
	if more {
		r.meter.cut.Add(1)
	}
	return messages, bad, nil
}

// refs are the conversations to read, and how many entries of the list could
// not be read.
func (f *Fetch) refs(ctx context.Context, r *session, svc roaming.Service, user string) (refs []roaming.Ref, bad int, err error) {
	if f.Only != nil {
		return []roaming.Ref{{User: user, Conversation: f.Only.Conversation, Type: f.Only.Type}}, 0, nil
	}
	for c, err := range roaming.WholeList(ctx, svc, user, roaming.ConversationQuery{Type: f.Type}) {
		switch {
		case err == nil:
			refs = append(refs, roaming.Ref{User: user, Conversation: c.ID, Type: c.Type})
		case !roaming.IsItemError(err):
			return nil, 0, err
		default:
			r.app.Warn("of %s, unreadable: %v", user, err)
			if item, ok := errors.AsType[*roaming.ItemError](err); ok && !item.Listed {
				bad++ // a conversation that can't be asked for
			}
		}
	}
	return refs, bad, nil
}
