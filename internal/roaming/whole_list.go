package roaming

import (
	"context"
	"errors"
	"iter"
)

// ErrRestless is of a conversation list that kept changing while it was read.
var ErrRestless = errors.New("the list had new conversations each time that it was read") //nolint:gochecknoglobals // a constant

// maxPasses bounds how often the top of a list is read again.
const maxPasses = 10

// WholeList is every conversation of an owner's list, each once. An unreadable
// entry comes as an *ItemError and the sequence goes on; any other error ends
// it.
//
// The list is in the order of the latest messages: a conversation that moves to
// its top between two pages is on none of them. So after a list of several
// pages its top is read again, until that has nothing new.
func WholeList(ctx context.Context, svc Service, owner string, q ConversationQuery) iter.Seq2[Conversation, error] {
	return func(yield func(Conversation, error) bool) {
		type key struct {
			id   string
			kind ChatType
		}
		seen := map[key]bool{}
		for pass := range maxPasses {
			pages, more := 0, true
			for page, err := range svc.Conversations(ctx, owner, q) {
				if err != nil {
					yield(Conversation{}, err)
					return
				}
				pages++
				news := false
				for _, c := range page.Items {
					if k := (key{c.ID, c.Type}); !seen[k] {
						seen[k], news = true, true
						if !yield(c, nil) {
							return
						}
					}
				}
				for _, bad := range page.Bad {
					if pass == 0 && !yield(Conversation{}, bad) {
						return
					}
				}
				if pass > 0 && !news {
					more = pages > 1
					break
				}
			}
			if !more || pass == 0 && pages < 2 {
				return
			}
		}
		yield(Conversation{}, ErrRestless)
	}
}
