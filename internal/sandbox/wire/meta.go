package wire

import "cmp"

// JID names a user or a conference: {name}@{domain}.
type JID struct {
	AppKey   string
	Name     string
	Domain   string
	Resource string // a device; may be empty
}

// The domains of users, and of groups and rooms (contract, section 3).
const (
	UserDomain       = "easemob.com"
	ConferenceDomain = "conference.easemob.com"
)

func (j JID) encode() []byte {
	var f fields
	f.string(1, j.AppKey)
	f.string(2, j.Name)
	f.string(3, j.Domain)
	if j.Resource != "" {
		f.string(4, j.Resource)
	}
	return f
}

// Meta is a history item, or what a device is handed.
type Meta struct {
	ID        uint64
	From, To  JID
	Timestamp int64     // Unix ms
	NS        NameSpace // Chat for messages, which is also what 0 means here
	Payload   []byte    // an encoded MessageBody, or a notice's JSON
}

// Message is a stored message on its way out.
type Message struct {
	AppKey    string
	ID        uint64
	Type      uint64 // 1 chat, 2 group chat, 3 chat room
	From, To  string // user IDs; To may be a group's or a room's ID
	Device    string // the sender's; may be empty
	Timestamp int64  // Unix ms
	Body      []byte // JSON: {"bodies":[...],"ext":{...}}
	Payload   []byte // an exact MessageBody that takes the place of Body; may be nil
}

// Meta gives the bytes of the Meta around the message.
func (m Message) Meta() ([]byte, error) {
	const chat = 1
	from := JID{AppKey: m.AppKey, Name: m.From, Domain: UserDomain}
	to := JID{AppKey: m.AppKey, Name: m.To, Domain: ConferenceDomain}
	if m.Type == chat {
		to.Domain = UserDomain
	}
	encoded := m.Payload
	if encoded == nil {
		body := Body{Type: m.Type, From: from, To: to}
		if err := body.Parse(m.Body); err != nil {
			return nil, err
		}
		encoded = body.Encode()
	}
	from.Resource = m.Device
	return Meta{ID: m.ID, From: from, To: to, Timestamp: m.Timestamp, Payload: encoded}.Encode(), nil
}

// Encode gives the Meta's bytes.
func (m Meta) Encode() []byte {
	f := make(fields, 0, len(m.Payload)+128)
	f.varint(1, m.ID)
	f.bytes(2, m.From.encode())
	f.bytes(3, m.To.encode())
	f.varint(4, uint64(max(0, m.Timestamp)))
	f.varint(5, uint64(cmp.Or(m.NS, Chat)))
	f.bytes(6, m.Payload)
	return f
}
