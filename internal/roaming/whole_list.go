package roaming

import (
	"context"
	"errors"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
)

// ErrRestless is the cause of the fault.Partial for a conversation list that changed
// each time it was read.
var ErrRestless = errors.New("the list had new conversations each time it was read")

// maxPasses is how often the top of a list is read again.
const maxPasses = 10

// WholeList yields every conversation of a user's list once. An unreadable entry comes
// as an *ItemError and the sequence goes on; any other error ends it.
//
// The list is in the order of the latest messages: a conversation that moves to its
// top between two pages is on neither. So WholeList reads the top of a list of several
// pages again until it has nothing new.
func WholeList(ctx context.Context, svc Service, user string, q ConversationQuery) iter.Seq2[Conversation, error] {
	return func(yield func(Conversation, error) bool) {
		w := wholeList{yield: yield, seen: map[Ref]bool{}}
		for pass := range maxPasses {
			pages, news := w.pass(svc.Conversations(ctx, user, q), pass == 0)
			switch {
			case w.ended:
				return
			case pass == 0 && pages < 2, pass > 0 && pages < 2 && !news:
				return
			}
		}
		yield(Conversation{}, fault.Wrap(fault.Partial, ErrRestless, "the list of %s's conversations is incomplete", user).
			WithHint("retry when the user is less active"))
	}
}

// wholeList is the state of WholeList.
type wholeList struct {
	yield func(Conversation, error) bool
	seen  map[Ref]bool
	ended bool // by an error or by yield
}

// pass reads pages: at first all, later from the top to one without news. It returns
// their number, and whether the last had news.
func (w *wholeList) pass(list iter.Seq2[Page[Conversation], error], first bool) (pages int, news bool) {
	for page, err := range list {
		if err != nil {
			w.yield(Conversation{}, err)
			w.ended = true
			return pages, false
		}
		pages++
		if news = w.take(page, first); w.ended || !first && !news {
			return pages, news
		}
	}
	return pages, news
}

// take yields the new conversations of a page and reports whether there were any.
func (w *wholeList) take(page Page[Conversation], first bool) (news bool) {
	for _, c := range page.Items {
		key := Ref{Conversation: c.ID, Type: c.Type}
		if w.seen[key] {
			continue
		}
		w.seen[key], news = true, true
		if !w.yield(c, nil) {
			w.ended = true
			return news
		}
	}
	for _, bad := range page.Bad {
		if first && !w.yield(Conversation{}, bad) {
			w.ended = true
			return news
		}
	}
	return news
}
