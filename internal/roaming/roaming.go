// Package roaming is the domain: what the service keeps for a user, and what
// can be asked of it. It does no I/O and knows no wire format; the client
// (easemob) implements Service, the commands use it.
package roaming

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

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

// Kind is what a message carries, named as the service's REST calls name it
// (contract, section 6).
type Kind string

// The message kinds. Unknown marks what this version cannot read: the message
// is still shown, with its raw bytes.
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

// Kinds are the kinds that history can be filtered by, in the order to show them.
func Kinds() []Kind {
	return []Kind{Text, Image, Audio, Video, File, Location, Command, Custom, Combine}
}

// ParseKind reads the name of a kind that history can be filtered by.
func ParseKind(s string) (Kind, error) {
	if slices.Contains(Kinds(), Kind(s)) {
		return Kind(s), nil
	}
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return "", fmt.Errorf("unknown message kind %q: one of %s", s, strings.Join(names, ", "))
}

// Direction is the way in which history is read (contract, section 3).
type Direction string

// Up reads from the newest message towards older ones, Down from the oldest on.
const (
	Up   Direction = "up"
	Down Direction = "down"
)

// ParseDirection reads a direction's name.
func ParseDirection(s string) (Direction, error) {
	switch d := Direction(s); d {
	case Up, Down:
		return d, nil
	}
	return "", fmt.Errorf("unknown direction %q: up (newest first) or down (oldest first)", s)
}

// MessageID is the service's ID of a message: an unsigned 64-bit number,
// written as a string in every output. 0 means none.
type MessageID uint64

// ParseMessageID reads a decimal message ID: 1 to 2^64-1, digits only.
func ParseMessageID(s string) (MessageID, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 || s[0] == '+' {
		return 0, fmt.Errorf("%q is not a message ID: want a decimal number from 1 to 18446744073709551615", s)
	}
	return MessageID(n), nil
}

// String is the ID in decimal; "" for none.
func (id MessageID) String() string {
	if id == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(id), 10)
}

// MarshalText makes JSON and YAML carry the ID as a string.
func (id MessageID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *MessageID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = 0
		return nil
	}
	v, err := ParseMessageID(string(b))
	*id = v
	return err
}

// timeLayout is RFC 3339 with milliseconds, the service's own precision.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// Time is an instant with millisecond precision that marshals as RFC 3339 in
// UTC, the zero time as null.
type Time struct{ time.Time }

// Millis makes a Time from Unix milliseconds; 0 gives the zero Time.
func Millis(ms int64) Time {
	if ms == 0 {
		return Time{}
	}
	return Time{time.UnixMilli(ms).UTC()}
}

// String is RFC 3339 with milliseconds in UTC; "" for the zero time.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// MarshalJSON writes the String form, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.String() + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	v, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(b))
	if err != nil {
		return fmt.Errorf("reading a time: %w", err)
	}
	t.Time = v.UTC()
	return nil
}

// Message is one message of an owner's history, as that owner sees it.
type Message struct {
	ID           MessageID `json:"id"`
	Timestamp    Time      `json:"timestamp"`
	ChatType     ChatType  `json:"chat_type"`
	Conversation string    `json:"conversation"` // the peer's user ID, the group's or the room's ID
	From         string    `json:"from"`
	To           string    `json:"to"`
	Kind         Kind      `json:"kind"`
	Text         string    `json:"text"` // the exact text of a txt message, else ""
	// Body has the fields of the message's body by their REST names
	// (contract, section 6), without "type".
	Body map[string]any `json:"body"`
	Ext  map[string]any `json:"ext"`
	// Raw is the protobuf Meta as it came (contract, msync), kept when
	// something in it was not understood or when the query asked for it.
	Raw []byte `json:"raw,omitempty"`
}

// Conversation is an entry of an owner's conversation list (contract, section 2).
type Conversation struct {
	ID          string   `json:"id"` // the peer's user ID or the group's ID
	Type        ChatType `json:"type"`
	Unread      int      `json:"unread"`
	Pinned      bool     `json:"pinned"`
	PinnedAt    Time     `json:"pinned_at"` // null when not pinned
	Marks       []string `json:"marks"`     // mark_0 to mark_19
	LastActive  Time     `json:"last_active"`
	LastMessage *Message `json:"last_message"` // null when the conversation is empty
}

// Ref names one conversation of one owner.
type Ref struct {
	Owner        string   `json:"owner"`
	Conversation string   `json:"conversation"`
	Type         ChatType `json:"type"`
}

// String is for messages to people: alice's chat with bob.
func (r Ref) String() string {
	switch r.Type {
	case Group:
		return fmt.Sprintf("%s's history of group %s", r.Owner, r.Conversation)
	case Room:
		return fmt.Sprintf("%s's history of room %s", r.Owner, r.Conversation)
	default:
		return fmt.Sprintf("%s's chat with %s", r.Owner, r.Conversation)
	}
}
