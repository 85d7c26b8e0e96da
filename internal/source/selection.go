package source

import (
	"context"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Selection chooses messages of a user.
type Selection struct {
	User          string
	Conversations []roaming.Ref // none for all of the user's
	Query         Query
}

// Refs returns the conversations of a selection, and how many of the user's could not
// be read.
func (s Selection) Refs(ctx context.Context, src Source) (refs []roaming.Ref, unreadable int, err error) {
	if len(s.Conversations) > 0 {
		return s.Conversations, 0, nil
	}
	for c, err := range src.Conversations(ctx, s.User) {
		switch {
		case roaming.IsItemError(err):
			unreadable++
		case err != nil:
			return nil, 0, err
		default:
			refs = append(refs, roaming.Ref{User: s.User, Conversation: c.ID, Type: c.Type})
		}
	}
	return refs, unreadable, nil
}
