package wire

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// Body is a MessageBody.
type Body struct {
	Type     store.ChatType `pb:"1,required"`
	From     JID            `pb:"2,required"`
	To       JID            `pb:"3,required"`
	Contents []Content      `pb:"4"`
	Ext      []KeyValue     `pb:"5"`

	Kind string // of the first content that Parse read; not encoded
}

// Parse fills Contents and Ext from JSON: {"bodies":[...],"ext":{...}} with
// bodies as in docs/contract.md, section 6.
func (b *Body) Parse(text []byte) error {
	var in struct {
		Bodies []content `json:"bodies"`
		Ext    object    `json:"ext"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("reading a message's body: %w", err)
	}
	for _, body := range in.Bodies {
		b.Contents = append(b.Contents, body.encode())
	}
	if len(in.Bodies) > 0 {
		b.Kind = in.Bodies[0].kind()
	}
	var err error
	b.Ext, err = in.Ext.keyValues()
	return err
}

// The types of a MessageBody that is about other messages (docs/contract.md, section
// 12). A smaller one is a store.ChatType.
const (
	ReadAck     = 4
	DeliveryAck = 5
	RecallType  = 6
	ChannelAck  = 7 // a conversation was read
	EditType    = 8
)

// Recall encodes the MessageBody that tells devices that a message was recalled.
func Recall(appKey string, m store.Message) []byte {
	from, to := addresses(appKey, m)
	return Marshal(struct {
		Type     uint64 `pb:"1,required"`
		From     JID    `pb:"2,required"`
		To       JID    `pb:"3,required"`
		Recalled uint64 `pb:"6,required"`
	}{RecallType, from, to, m.ID})
}

// EncodeMessage encodes a stored message as a Meta.
func EncodeMessage(appKey string, m store.Message) ([]byte, error) {
	from, to := addresses(appKey, m)
	payload, err := encodedBody(appKey, m)
	if err != nil {
		return nil, err
	}
	from.Resource = m.Device
	return Marshal(Meta{ID: m.ID, From: from, To: to, Timestamp: max(0, m.Timestamp), NS: Chat, Payload: payload}), nil
}

// encodedBody returns a message's MessageBody.
func encodedBody(appKey string, m store.Message) ([]byte, error) {
	if m.Payload != nil {
		return m.Payload, nil
	}
	from, to := addresses(appKey, m)
	body := Body{Type: m.Type, From: from, To: to}
	if err := body.Parse(m.Body); err != nil {
		return nil, err
	}
	return Marshal(body), nil
}

// addresses returns a message's sender and receiver.
func addresses(appKey string, m store.Message) (from, to JID) {
	from = JID{AppKey: appKey, Name: m.From, Domain: UserDomain}
	to = JID{AppKey: appKey, Name: m.To, Domain: ConferenceDomain}
	if m.Type == store.Chat {
		to.Domain = UserDomain
	}
	return from, to
}

// Uploaded is a MessageBody that a device sent.
type Uploaded struct {
	Type uint64 // a store.ChatType, or what it is about other messages
	Kind string // "unknown" for a type that docs/contract.md does not name
	Body []byte // JSON: {"bodies":[...],"ext":{...}}
	// Payload is the MessageBody without sender and receiver, which the sandbox
	// sets itself.
	Payload []byte
}

// ParseUploaded decodes a MessageBody. Payload keeps the fields that
// docs/contract.md does not name.
func ParseUploaded(b []byte) (u Uploaded, err error) {
	bodies, ext := []json.RawMessage{}, object{}
	err = scan(b, func(f field) error {
		const from, to = 2, 3
		if f.number == from || f.number == to {
			if f.kind != protowire.BytesType {
				return ErrMalformed
			}
			return nil
		}
		u.Payload = append(u.Payload, f.raw...)
		switch int(f.number) {
		case 1:
			u.Type = f.varint
		case 4:
			kind, body, err := decodeContent(f.bytes)
			if len(bodies) == 0 {
				u.Kind = kind
			}
			bodies = append(bodies, body)
			return err
		case 5:
			return ext.addKeyValue(f.bytes)
		}
		return nil
	})
	if err != nil {
		return u, err
	}
	u.Body, err = json.Marshal(object{{"bodies", mustJSON(bodies)}, {"ext", mustJSON(ext)}})
	if err != nil {
		return u, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return u, nil
}

// Addressed adds sender and receiver to the Payload of an Uploaded.
func Addressed(payload []byte, from, to JID) []byte {
	address := Marshal(struct {
		From JID `pb:"2,required"`
		To   JID `pb:"3,required"`
	}{from, to})
	return append(address, payload...)
}
