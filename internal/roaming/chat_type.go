package roaming

import "fmt"

// ChatType says who takes part in a conversation.
type ChatType string

// The chat types. Chat rooms have history but never appear on a conversation
// list (contract, section 2).
const (
	Chat  ChatType = "chat"  // one to one
	Group ChatType = "group" // a group; "groupchat" on the wire
	Room  ChatType = "room"  // a chat room; "chatroom" on the wire
)

// ChatTypes are all chat types, in the order to show them.
func ChatTypes() []ChatType { return []ChatType{Chat, Group, Room} }

// ParseChatType reads a chat type by its name here or on the wire.
func ParseChatType(s string) (ChatType, error) {
	switch s {
	case "chat":
		return Chat, nil
	case "group", "groupchat":
		return Group, nil
	case "room", "chatroom":
		return Room, nil
	}
	return "", fmt.Errorf("unknown chat type %q: one of chat, group, room", s)
}
