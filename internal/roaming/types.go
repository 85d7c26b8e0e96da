package roaming

import "fmt"

// ChatType says who takes part in a conversation.
type ChatType string

// The chat types. A room has history but is never on a conversation list
// (docs/contract.md, section 2).
const (
	Chat  ChatType = "chat"  // one to one
	Group ChatType = "group" // "groupchat" on the wire
	Room  ChatType = "room"  // "chatroom" on the wire
)

// ChatTypes returns all chat types, in the order to show them.
func ChatTypes() []ChatType { return []ChatType{Chat, Group, Room} }

// ParseChatType reads the name of a chat type, as here or as on the wire.
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

// Direction is the order in which history is read (docs/contract.md, section 3).
type Direction string

// The directions.
const (
	Up   Direction = "up"   // newest message first
	Down Direction = "down" // oldest message first
)

// Kind is what a message carries, by its name in REST (docs/contract.md, section 6).
type Kind string

// The message kinds. An Unknown message has its raw bytes.
const (
	Text     Kind = "txt"
	Image    Kind = "img"
	Audio    Kind = "audio"
	Video    Kind = "video"
	File     Kind = "file"
	Location Kind = "loc"
	Command  Kind = "cmd"
	Custom   Kind = "custom"
	Combine  Kind = "combine"
	Unknown  Kind = "unknown"
)

// Kinds returns the kinds that history can be filtered by, in the order to show them.
func Kinds() []Kind {
	return []Kind{Text, Image, Audio, Video, File, Location, Command, Custom, Combine}
}
