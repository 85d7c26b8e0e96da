package roaming

import (
	"fmt"
	"slices"
	"strconv"
)

// Message is one message of a user's history, as that user sees it.
type Message struct {
	ID        MessageID `json:"id"`        // "" if the message has none
	Timestamp Time      `json:"timestamp"` // null if the message has none, or a number that is not a time
	// RawTimestamp is that number in decimal: 0, or past the year 9999.
	RawTimestamp string   `json:"raw_timestamp,omitempty"`
	ChatType     ChatType `json:"chat_type"`
	Conversation string   `json:"conversation"` // the peer's user ID, the group's or the room's ID
	From         string   `json:"from"`
	To           string   `json:"to"`
	Kind         Kind     `json:"kind"`
	Text         string   `json:"text"` // the exact text of a txt message, else ""
	// Body has the fields of docs/contract.md, section 6, without "type".
	Body map[string]any `json:"body"`
	Ext  map[string]any `json:"ext"`
	Details
	// Raw is the undecoded message: in a history the protobuf Meta
	// (docs/contract.md, section 12), on a conversation list the JSON of "meta". It is
	// kept if the other fields do not hold all of it or the query requests it.
	Raw []byte `json:"raw,omitempty"`
}

// SetJSONBody sets the kind, text and body by a body as REST has it (docs/contract.md,
// section 6). Body gets its fields without "type", which stays where the kind is
// unknown.
func (m *Message) SetJSONBody(body map[string]any) {
	m.Kind, m.Text, m.Body = Unknown, "", body
	name, _ := body["type"].(string)
	if kind := Kind(name); slices.Contains(Kinds(), kind) {
		m.Kind = kind
	}
	if body["subType"] == "sub_combine" {
		m.Kind = Combine
	}
	if m.Kind != Unknown {
		delete(body, "type")
	}
	if m.Kind == Text {
		m.Text, _ = body["msg"].(string)
	}
}

// IsEvent reports whether the message only tells of another one, as an
// acknowledgement, a recall or an edit does (docs/contract.md, section 12).
func (m Message) IsEvent() bool {
	switch m.Body["type"] {
	case "READ_ACK", "DELIVER_ACK", "RECALL", "CHANNEL_ACK", "EDIT":
		return true
	}
	return false
}

// Conversation is an entry of a user's conversation list (docs/contract.md, section
// 2).
type Conversation struct {
	ID       string   `json:"id"` // the peer's user ID or the group's ID
	Type     ChatType `json:"type"`
	Unread   int      `json:"unread"`
	Pinned   bool     `json:"pinned"`
	PinnedAt Time     `json:"pinned_at"` // null if not pinned, or pinned at a number that is not a time
	// RawPinnedAt is that number.
	RawPinnedAt string   `json:"raw_pinned_at,omitempty"`
	Marks       []string `json:"marks"` // mark_0 to mark_19
	LastActive  Time     `json:"last_active"`
	LastMessage *Message `json:"last_message"` // null if the conversation is empty
}

// OfType returns the conversations of a type, or all of them for "". It changes the
// slice.
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

// String returns "alice's chat with bob", and the like for groups and rooms.
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

// MessageID is the service's ID of a message: an unsigned 64-bit number, and a string
// in every output. 0 is none.
type MessageID uint64

// ParseMessageID reads a decimal message ID: 1 to 2^64-1, digits only.
func ParseMessageID(s string) (MessageID, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 || s[0] == '+' {
		return 0, fmt.Errorf("%q is not a message ID: want a decimal number from 1 to 18446744073709551615", s)
	}
	return MessageID(n), nil
}

// String returns the ID in decimal; "" for none.
func (id MessageID) String() string {
	if id == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(id), 10)
}

// MarshalText makes the ID a string in JSON and YAML.
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

// Details are what only some messages have (docs/contract.md, section 12).
type Details struct {
	Edited     *Edit          `json:"edited,omitempty"`     // the latest edit
	Reactions  []any          `json:"reactions,omitempty"`  // as the service has them
	Thread     map[string]any `json:"thread,omitempty"`     // likewise
	Stream     map[string]any `json:"stream,omitempty"`     // the state of a message that is sent in parts
	Recipients []string       `json:"recipients,omitempty"` // of a directed message: nobody else sees it
}

// Edit is the latest edit of a message. The message has its new content.
type Edit struct {
	Count int64  `json:"count"` // how often it was edited; 0 if unknown
	By    string `json:"by"`
	At    Time   `json:"at"` // null if unknown
}

// isEmpty reports whether a message has no details.
func (d *Details) isEmpty() bool {
	return d.Edited == nil && len(d.Reactions) == 0 && len(d.Thread) == 0 && len(d.Stream) == 0 && len(d.Recipients) == 0
}

// appendTo appends the members' JSON to b, each after a comma.
func (d *Details) appendTo(b []byte) ([]byte, error) {
	if d.isEmpty() {
		return b, nil
	}
	members, err := encode(nil, d)
	if err != nil {
		return b, err
	}
	return append(append(b, ','), members[1:len(members)-1]...), nil
}
