package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Body is a MessageBody.
type Body struct {
	Type     uint64 // 1 chat, 2 group chat, 3 chat room
	From, To JID
	Contents []Content
	Ext      []KeyValue
	Kind     string // of the first content that Parse read: its type, or combine; not encoded
}

// Content is one content of a message, encoded.
type Content []byte

// Encode gives the MessageBody's bytes.
func (b Body) Encode() []byte {
	var f fields
	f.varint(1, b.Type)
	f.bytes(2, b.From.encode())
	f.bytes(3, b.To.encode())
	for _, c := range b.Contents {
		f.bytes(4, c)
	}
	for _, kv := range b.Ext {
		f.bytes(5, kv.encode())
	}
	return f
}

// Parse fills Contents and Ext from JSON: {"bodies":[...],"ext":{...}} with
// bodies as in section 6 of the contract.
func (b *Body) Parse(text []byte) error {
	var in struct {
		Bodies []restBody `json:"bodies"`
		Ext    ordered    `json:"ext"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("reading a message's body: %w", err)
	}
	for _, body := range in.Bodies {
		c, err := body.content()
		if err != nil {
			return err
		}
		b.Contents = append(b.Contents, c)
	}
	if len(in.Bodies) > 0 {
		b.Kind = in.Bodies[0].kind()
	}
	var err error
	b.Ext, err = in.Ext.keyValues()
	return err
}

// ordered is a JSON object that keeps its order. Anything else that is not an
// object is taken for an empty one.
type ordered []member

type member struct {
	key   string
	value json.RawMessage
}

// UnmarshalJSON reads an object's members in order.
func (o *ordered) UnmarshalJSON(text []byte) error {
	*o = nil
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		m := member{key: key.(string)} //nolint:errcheck,forcetypeassert // an object's keys are strings
		if err := d.Decode(&m.value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

func (o ordered) keyValues() ([]KeyValue, error) {
	var list []KeyValue
	for _, m := range o {
		kv, err := fromJSON(m.key, m.value)
		if err != nil {
			return nil, err
		}
		list = append(list, kv)
	}
	return list, nil
}
