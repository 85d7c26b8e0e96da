package wire

// Command says what a frame holds.
type Command uint64

// The commands.
const (
	CommandSync      Command = 0
	CommandUnread    Command = 1
	CommandNotice    Command = 2
	CommandProvision Command = 3
	CommandLogout    Command = 4
)

// Frame is an MSync: one binary WebSocket message.
type Frame struct {
	Version  uint64   `pb:"1"` // MSyncV2
	GUID     JID      `pb:"2,required"`
	Auth     string   `pb:"3"` // "$t$" and a token
	Compress uint64   `pb:"4"` // not 0 if the payload is compressed
	Command  Command  `pb:"8,required"`
	Payload  []byte   `pb:"9,required"`
	Encrypt  []uint64 `pb:"11"` // the payload's encryption; 0 is none
	TraceID  uint64   `pb:"20"`
}

// MSyncV2 is the version of a Frame.
const MSyncV2 = 1

// JID names a user or a conference: {name}@{domain}.
type JID struct {
	AppKey   string `pb:"1,required"`
	Name     string `pb:"2,required"`
	Domain   string `pb:"3,required"`
	Resource string `pb:"4"` // a device
}

// The domains of users, and of groups and rooms (docs/contract.md, section 3).
const (
	UserDomain       = "easemob.com"
	ConferenceDomain = "conference.easemob.com"
)

// ErrorCode says how a request ended.
type ErrorCode uint64

// The error codes that the sandbox answers with.
const (
	OK               ErrorCode = 0
	Fail             ErrorCode = 1
	Unauthorized     ErrorCode = 2
	Missing          ErrorCode = 3
	WrongParameter   ErrorCode = 4
	TokenExpired     ErrorCode = 6
	PermissionDenied ErrorCode = 7
)

// Status is how a request ended, and why.
type Status struct {
	Code   ErrorCode `pb:"1,required"`
	Reason string    `pb:"2"`
}

// Provision is a device's login and the answer to it. The answer takes up nothing
// else that a device offers, such as compression.
type Provision struct {
	OS         uint64 `pb:"1,required"` // the client's decoder requires it
	Status     Status `pb:"8,required"`
	DeviceUUID string `pb:"9"`
	DeviceName string `pb:"12"`
	Resource   string `pb:"13"`
	Auth       string `pb:"14"`
	AuthToken  string `pb:"18"` // JSON: {"token":"$t$..."}
	SessionID  string `pb:"20"`
}

// OtherOS is the OS of an answer to a login.
const OtherOS = 16

// NameSpace says what a Meta's payload is.
type NameSpace uint64

// The name spaces that the sandbox knows.
const (
	Statistic NameSpace = 0
	Chat      NameSpace = 1
	Notify    NameSpace = 5
)

// Meta is a history item, or what a device sends or receives.
type Meta struct {
	ID        uint64    `pb:"1,required"` // of a sent message: the device's own
	From      JID       `pb:"2"`
	To        JID       `pb:"3,required"`
	Timestamp int64     `pb:"4"` // Unix ms
	NS        NameSpace `pb:"5,required"`
	Payload   []byte    `pb:"6,required"` // an encoded Body, or a notice's JSON
	Route     uint64    `pb:"7"`          // 0 for everyone
	Directed  [][]byte  `pb:"10"`         // the users that it is for; none for all
}

// Statistics is a StatisticsBody: what a Meta of Statistic tells a device.
type Statistics struct {
	Operation uint64 `pb:"1"`
}

// LoggedInElsewhere is the operation that a device gets before another connection of
// the same device ends its own.
const LoggedInElsewhere = 2

// Upload is a CommSyncUL: a Meta to send, or a queue to read.
type Upload struct {
	Meta  *Meta  `pb:"1"`
	Key   uint64 `pb:"2"` // the NextKey of the previous answer
	Queue *JID   `pb:"3"`
}

// Download is a CommSyncDL: the answer to an Upload.
type Download struct {
	Status    Status   `pb:"1,required"`
	MetaID    uint64   `pb:"2"` // of the uploaded Meta
	ServerID  uint64   `pb:"3"` // the message's ID
	Metas     [][]byte `pb:"4"`
	NextKey   uint64   `pb:"5"`
	Queue     *JID     `pb:"6"`
	IsLast    *bool    `pb:"7"`          // with Queue
	Timestamp int64    `pb:"8,required"` // Unix ms
}

// Unread is a CommUnreadDL: a device's queues that are not empty.
type Unread struct {
	Status    Status       `pb:"1,required"`
	Queues    []QueueCount `pb:"2"`
	Timestamp int64        `pb:"3,required"`
}

// QueueCount is a queue with the number of its items.
type QueueCount struct {
	Queue JID `pb:"1,required"`
	N     int `pb:"2,required"`
}

// Notice is a CommNotice: there is something on a queue.
type Notice struct {
	Queue JID `pb:"1,required"`
}
