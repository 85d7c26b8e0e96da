package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// Uploaded is a MessageBody that a device sent.
type Uploaded struct {
	Type uint64 // 1 chat, 2 group chat, 3 chat room; others are no messages
	Kind string // a kind's REST name; "unknown" for a type that the contract does not name
	Body []byte // JSON: {"bodies":[...],"ext":{...}}
	// Payload is the MessageBody with who it is from and to taken out: the
	// device's word does not count for those.
	Payload []byte
}

// ParseUploaded reads a MessageBody. What it has beside the fields that the
// contract names stays in Payload.
func ParseUploaded(b []byte) (u Uploaded, err error) {
	bodies, ext := []json.RawMessage{}, object{}
	err = scan(b, func(f field) error {
		if f.tag == 2 || f.tag == 3 {
			return f.want(protowire.BytesType)
		}
		u.Payload = append(u.Payload, f.raw...)
		switch f.tag {
		case 1:
			u.Type = f.varint
		case 4:
			kind, body, err := contentJSON(f.bytes)
			if len(bodies) == 0 {
				u.Kind = kind
			}
			bodies = append(bodies, body)
			return err
		case 5:
			return ext.keyValue(f.bytes)
		}
		return nil
	})
	if err != nil {
		return u, err
	}
	u.Body, err = json.Marshal(struct {
		Bodies []json.RawMessage `json:"bodies"`
		Ext    object            `json:"ext"`
	}{bodies, ext})
	if err != nil {
		return u, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return u, nil
}

// Addressed is a Payload with who it is from and to.
func Addressed(payload []byte, from, to JID) []byte {
	f := make(fields, 0, len(payload)+128)
	f.bytes(2, from.encode())
	f.bytes(3, to.encode())
	return append(f, payload...)
}

// object is a JSON object under construction, in order.
type object []member

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// set adds a member; a value that JSON cannot have is null.
func (o *object) set(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte("null")
	}
	*o = append(*o, member{key, text})
}

// keyValue adds an encoded KeyValue.
func (o *object) keyValue(b []byte) error {
	var kv KeyValue
	var bits float64
	err := scan(b, func(f field) error {
		switch f.tag {
		case 1:
			kv.Key = f.text()
		case 2:
			kv.Type = ValueType(f.varint)
		case 3:
			kv.Varint = int64(f.varint) //nolint:gosec // int64 on the wire is its two's complement
		case 4, 5:
			bits = f.double()
		case 6:
			kv.Text = f.text()
		}
		return nil
	})
	if err != nil {
		return err
	}
	kv.Double = bits
	o.set(kv.Key, kv.value())
	return nil
}

// value is the entry as JSON has it.
func (kv KeyValue) value() any {
	switch kv.Type {
	case Bool:
		return kv.Varint != 0
	case Uint:
		return uint64(kv.Varint) //nolint:gosec // unsigned by its type
	case Int, LongInt:
		return kv.Varint
	case Float, Double:
		if math.IsNaN(kv.Double) || math.IsInf(kv.Double, 0) {
			return strconv.FormatFloat(kv.Double, 'g', -1, 64)
		}
		return kv.Double
	case JSONString:
		if json.Valid([]byte(kv.Text)) {
			return json.RawMessage(kv.Text)
		}
	case String:
	}
	return kv.Text
}
