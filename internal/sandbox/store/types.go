package store

import (
	"errors"
	"fmt"
	"slices"
)

// Errors that callers distinguish.
var (
	// ErrNotFound is a user, group or message that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrTimestamp is an imported message that is not newer than the last one
	// imported into its conversation (docs/contract.md, section 8).
	ErrTimestamp = errors.New("msg_timestamp must be greater than that of the message imported before")
	// ErrKind is a group ID used for a chat room or the other way round.
	ErrKind = errors.New("is a conversation of another type")
	// ErrName is an empty or impossible user or group ID.
	ErrName = errors.New("not a usable ID")
	// ErrLate is a message too old to be recalled.
	ErrLate = errors.New("too old to be recalled")
	// ErrSender is a message of somebody else.
	ErrSender = errors.New("sent by somebody else")
	// ErrTooMany is a 51st pinned conversation (docs/contract.md, section 2).
	ErrTooMany = errors.New("at most 50 conversations can be pinned")
)

// MissingError is an ErrNotFound that names what does not exist.
type MissingError struct {
	Kind string // user, group, conversation or message
	Name string
}

// Error implements error.
func (e *MissingError) Error() string { return fmt.Sprintf("%s %q: %v", e.Kind, e.Name, ErrNotFound) }

// Is reports whether target is ErrNotFound.
func (e *MissingError) Is(target error) bool { return target == ErrNotFound }

// ChatType is the kind of a conversation.
type ChatType int

// The chat types; the numbers are those of MessageBody.Type (docs/contract.md, section 12).
const (
	Chat  ChatType = 1
	Group ChatType = 2
	Room  ChatType = 3
)

// String is the type's name on the wire.
func (t ChatType) String() string {
	switch t {
	case Group:
		return "groupchat"
	case Room:
		return "chatroom"
	default:
		return "chat"
	}
}

// ParseChatType reads a type by its name on the wire. The vendor's web client
// writes groupChat and chatRoom in some of its calls.
func ParseChatType(s string) (ChatType, bool) {
	switch s {
	case "chat", "singleChat":
		return Chat, true
	case "groupchat", "groupChat":
		return Group, true
	case "chatroom", "chatRoom":
		return Room, true
	}
	return 0, false
}

// kinds are the message kinds that a query can filter by. A kind's number in the
// database is its index plus one; 0 is a kind that docs/contract.md does not name.
var kinds = [...]string{"txt", "img", "audio", "video", "file", "loc", "cmd", "custom", "combine"} //nolint:gochecknoglobals // a constant table

// Kinds are the names of the message kinds (docs/contract.md, section 6).
func Kinds() []string { return slices.Clone(kinds[:]) }

func kindNumber(name string) int { return slices.Index(kinds[:], name) + 1 }

// What a user is in a group.
const (
	roleNone = iota
	roleMember
	roleOwner
)

// Flags of a stored message.
const (
	flagImported = 1 // imported: not sent by a client
	flagRecalled = 2 // recalled for everyone
	flagSignal   = 4 // a Signal: in no history
)

// Message is a message to store, or one that was stored.
type Message struct {
	ID        uint64 // 0 for a new one
	Type      ChatType
	From, To  string // user IDs; To may be a group's or room's ID
	Timestamp int64  // Unix ms
	Kind      string // one of Kinds; anything else is unknown
	Body      []byte // JSON: {"bodies":[...],"ext":{...}}
	Payload   []byte // if not nil, the protobuf MessageBody that history returns in place of Body
	Imported  bool   // by an import (docs/contract.md, section 8)
	Live      bool   // sent now by a client: devices receive it
	Device    string // the device that sent it; "" for none in particular
	Meta      uint64 // the ID that the device gave it; 0 for none
	Signal    *Signal
}

// Signal makes a Message, which must be Live, something that devices receive in its
// place on the conversation's queue and that no history has, such as a recall. It
// changes no conversation list.
type Signal struct {
	Kind  EventKind // of the event that it is
	About uint64    // the ID of the message that it is about; 0 for none

	receiver int64 // the user that it is for; 0 for all participants
}

// Ref names one user's side of a conversation. Conference means a group or a
// room: history requests do not distinguish the two (docs/contract.md, section 3).
type Ref struct {
	User       string
	Peer       string // the peer's user ID, or the group's or room's ID
	Conference bool
}

// dbID maps a message ID to SQLite's signed integers and back, keeping order.
func dbID(id uint64) int64   { return int64(id ^ 1<<63) }  //nolint:gosec // the wrap is the point
func wireID(id int64) uint64 { return uint64(id) ^ 1<<63 } //nolint:gosec // as above
