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

// Encode gives the Meta's bytes.
func (m Meta) Encode() []byte {
	f := make(fields, 0, len(m.Payload)+128)
	f.varint(1, m.ID)
	f.bytes(2, m.From.encode())
	f.bytes(3, m.To.encode())
	f.varint(4, uint64(max(0, m.Timestamp))) //nolint:gosec // not negative
	f.varint(5, uint64(cmp.Or(m.NS, Chat)))
	f.bytes(6, m.Payload)
	return f
}
