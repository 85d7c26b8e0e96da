package archive

import (
	"strings"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Conversation names a conversation for all who take part in it. Conversations
// can be compared.
type Conversation struct {
	Type roaming.ChatType
	A    string // the group or room, or the user of a one-to-one chat whose ID sorts first
	B    string // the other user of a one-to-one chat
}

// ChatOf is the one-to-one chat of two users, in either order. The service
// keeps user IDs in lower case.
func ChatOf(a, b string) Conversation {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return Conversation{Type: roaming.Chat, A: min(a, b), B: max(a, b)}
}

// GroupOf is the conversation of a group or room.
func GroupOf(t roaming.ChatType, id string) Conversation { return Conversation{Type: t, A: id} }

// ConversationOf is a conversation as a user's list names it.
func ConversationOf(ref roaming.Ref) Conversation {
	if ref.Type == roaming.Chat || ref.Type == "" {
		return ChatOf(ref.User, ref.Conversation)
	}
	return GroupOf(ref.Type, ref.Conversation)
}

// IDs are the IDs that the conversation goes by: both users', or the group's.
func (c Conversation) IDs() []string {
	if c.B == "" {
		return []string{c.A}
	}
	return []string{c.A, c.B}
}

// Query takes the messages of the conversation.
func (c Conversation) Query() query.Expr {
	all := query.And{query.Conversation{Type: c.Type, IDs: c.IDs()}}
	for _, id := range c.IDs() {
		all = append(all, query.In{ID: id}) // stores narrow it down by these
	}
	return all
}

// Name names the conversation in listings that are no one user's: by both users,
// or by the group's ID.
func (c Conversation) Name() string { return strings.Join(c.IDs(), ",") }

// For is the ID that the conversation has on a user's list.
func (c Conversation) For(user string) string {
	if c.B != "" && strings.EqualFold(c.A, user) {
		return c.B
	}
	return c.A
}

// String is for messages to people.
func (c Conversation) String() string {
	switch c.Type {
	case roaming.Group, roaming.Room:
		return string(c.Type) + " " + c.A
	default:
		return "the chat of " + c.A + " and " + c.B
	}
}
