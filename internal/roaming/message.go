package roaming

import (
	"fmt"
	"slices"
)

// Message is one message of a user's history, as that user sees it.
type Message struct {
	ID        MessageID `json:"id"`        // "" for a message that came without one
	Timestamp Time      `json:"timestamp"` // null when the message has none, or a number that is no time
	// RawTimestamp is that number in decimal: 0, or past the year 9999. It is
	// "" beside a time, and for a message without a number.
	RawTimestamp string   `json:"raw_timestamp,omitempty"`
	ChatType     ChatType `json:"chat_type"`
	Conversation string   `json:"conversation"` // the peer's user ID, the group's or the room's ID
	From         string   `json:"from"`
	To           string   `json:"to"`
	Kind         Kind     `json:"kind"`
	Text         string   `json:"text"` // the exact text of a txt message, else ""
	// Body has the fields of the message's body by their REST names
	// (contract, section 6), without "type".
	Body map[string]any `json:"body"`
	Ext  map[string]any `json:"ext"`
	// Raw is the message as it came: in a history the protobuf Meta (contract,
	// msync), on a conversation list the JSON of "meta". It is kept when the
	// other fields don't hold all of it or when the query asked for it.
	Raw []byte `json:"raw,omitempty"`
}

// Conversation is an entry of a user's conversation list (contract, section 2).
type Conversation struct {
	ID       string   `json:"id"` // the peer's user ID or the group's ID
	Type     ChatType `json:"type"`
	Unread   int      `json:"unread"`
	Pinned   bool     `json:"pinned"`
	PinnedAt Time     `json:"pinned_at"` // null when not pinned, or pinned at a number that is no time
	// RawPinnedAt is that number as it came, and otherwise "".
	RawPinnedAt string   `json:"raw_pinned_at,omitempty"`
	Marks       []string `json:"marks"` // mark_0 to mark_19
	LastActive  Time     `json:"last_active"`
	LastMessage *Message `json:"last_message"` // null when the conversation is empty
}

// OfType are the conversations of one type, or all of them for "".
func OfType(conversations []Conversation, t ChatType) []Conversation {
	if t == "" {
		return conversations
	}
	return slices.DeleteFunc(conversations, func(c Conversation) bool { return c.Type != t })
}

// Ref names one conversation of one user.
type Ref struct {
	User         string   `json:"user"`
	Conversation string   `json:"conversation"`
	Type         ChatType `json:"type"`
}

// String is for messages to people: alice's chat with bob.
func (r Ref) String() string {
	switch r.Type {
	case Group:
		return fmt.Sprintf("%s's history of group %s", r.User, r.Conversation)
	case Room:
		return fmt.Sprintf("%s's history of room %s", r.User, r.Conversation)
	default:
		return fmt.Sprintf("%s's chat with %s", r.User, r.Conversation)
	}
}
