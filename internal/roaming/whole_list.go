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
// as an *ItemError and the sequence continues; any other error ends it.
//
// The list is in the order of the latest messages: a conversation that moves to its
// top between two pages is on neither. So WholeList reads the top of a list of several
// pages again until it has nothing new.
func WholeList(ctx context.Context, svc Service, user string, q ConversationQuery) iter.Seq2[Conversation, error] {
	return func(yield func(Conversation, error) bool) {
		seen := map[Ref]bool{}
		for pass := range maxPasses {
			pages, more := 0, false
			for page, err := range svc.Conversations(ctx, user, q) {
				if err != nil {
					yield(Conversation{}, err)
					return
				}
				pages++
				page = news(page, seen, pass == 0)
				if !page.yieldTo(yield) {
					return
				}
				more = len(page.Items) > 0
				if pass > 0 && !more {
					break
				}
			}
			if pages < 2 && (pass == 0 || !more) {
				return
			}
		}
		yield(Conversation{}, fault.Wrap(fault.Partial, ErrRestless, "the list of %s's conversations is incomplete", user).
			WithHint("retry when the user is less active"))
	}
}

// news returns a page without the conversations in seen, and adds the others to it.
// Only the first pass yields the unreadable entries.
func news(page Page[Conversation], seen map[Ref]bool, first bool) (fresh Page[Conversation]) {
	if first {
		fresh.Bad = page.Bad
	}
	for _, c := range page.Items {
		if key := (Ref{Conversation: c.ID, Type: c.Type}); !seen[key] {
			seen[key] = true
			fresh.Items = append(fresh.Items, c)
		}
	}
	return fresh
}
