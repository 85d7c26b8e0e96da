package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// ValueType is the type of a KeyValue (docs/contract.md, section 12).
type ValueType uint64

// The value types.
const (
	Bool       ValueType = 1
	Int        ValueType = 2
	Uint       ValueType = 3
	LongInt    ValueType = 4
	Float      ValueType = 5
	Double     ValueType = 6
	String     ValueType = 7
	JSONString ValueType = 8
)

// KeyValue is one entry of an extension. Its Type says which value it has.
type KeyValue struct {
	Key    string    `pb:"1,required"`
	Type   ValueType `pb:"2,required"`
	Varint *int64    `pb:"3"` // up to LongInt
	Float  *float32  `pb:"4"`
	Double *float64  `pb:"5"`
	Text   *string   `pb:"6"` // String and JSONString
}

// object is a JSON object that keeps the order of its members.
type object []member

type member struct {
	key   string
	value json.RawMessage
}

// UnmarshalJSON reads an object's members in order. It takes any other value for
// an empty object.
func (o *object) UnmarshalJSON(text []byte) error {
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
		m := member{key: fmt.Sprint(key)}
		if err := d.Decode(&m.value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, mustJSON(m.key)...), ':')
		b = append(b, m.value...)
	}
	return append(b, '}'), nil
}

// mustJSON encodes a value. One that JSON can't have is null.
func mustJSON(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

func (o *object) add(key string, value any) { *o = append(*o, member{key, mustJSON(value)}) }

func (o object) keyValues() ([]KeyValue, error) {
	var list []KeyValue
	for _, m := range o {
		kv, err := keyValue(m.key, m.value)
		if err != nil {
			return nil, err
		}
		list = append(list, kv)
	}
	return list, nil
}

// keyValue returns the KeyValue of a JSON value: true and false are BOOL, whole
// numbers INT or LLINT by their size (UINT above 63 bits), others DOUBLE, text
// STRING, and objects, arrays and null JSON_STRING.
func keyValue(key string, raw json.RawMessage) (KeyValue, error) {
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return KeyValue{Key: key, Type: String, Text: &text}, err
	case 't', 'f':
		value := int64(0)
		if raw[0] == 't' {
			value = 1
		}
		return KeyValue{Key: key, Type: Bool, Varint: &value}, nil
	case '{', '[', 'n':
		return KeyValue{Key: key, Type: JSONString, Text: new(string(raw))}, nil
	default:
		return number(key, string(raw))
	}
}

func number(key, text string) (KeyValue, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		kv := KeyValue{Key: key, Type: LongInt, Varint: &n}
		if n == int64(int32(n)) { //nolint:gosec // to see whether it fits
			kv.Type = Int
		}
		return kv, nil
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return KeyValue{Key: key, Type: Uint, Varint: new(int64(n))}, nil //nolint:gosec // two's complement, as the wire has it
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && math.IsInf(f, 0) {
		// It is too large for a number: JSON keeps its digits.
		return KeyValue{Key: key, Type: JSONString, Text: &text}, nil
	}
	if err != nil {
		return KeyValue{}, fmt.Errorf("extension %q: %w", key, err)
	}
	return KeyValue{Key: key, Type: Double, Double: &f}, nil
}

// addKeyValue adds an encoded KeyValue.
func (o *object) addKeyValue(b []byte) error {
	kv, err := Unmarshal[KeyValue](b)
	if err != nil {
		return err
	}
	o.add(kv.Key, kv.value())
	return nil
}

// value returns the entry's value in JSON.
func (kv KeyValue) value() any {
	switch kv.Type {
	case Bool:
		return deref(kv.Varint) != 0
	case Uint:
		return uint64(deref(kv.Varint)) //nolint:gosec // unsigned by its type
	case Int, LongInt:
		return deref(kv.Varint)
	case Float, Double:
		f := deref(kv.Double) + float64(deref(kv.Float))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return f
	case JSONString:
		if text := deref(kv.Text); json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	case String:
	}
	return deref(kv.Text)
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
