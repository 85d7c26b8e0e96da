package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// ValueType is the type of a KeyValue.
type ValueType uint64

// The value types (contract, msync).
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

// KeyValue is one entry of an extension. Of the values the one that Type uses
// counts: Varint up to LongInt, Double for Float and Double, Text for the rest.
type KeyValue struct {
	Key    string
	Type   ValueType
	Varint int64
	Double float64
	Text   string
}

func (kv KeyValue) encode() []byte {
	var f fields
	f.string(1, kv.Key)
	f.varint(2, uint64(kv.Type))
	switch kv.Type {
	case Float:
		f.float(4, float32(kv.Double))
	case Double:
		f.double(5, kv.Double)
	case String, JSONString:
		f.string(6, kv.Text)
	default:
		f.varint(3, uint64(kv.Varint)) //nolint:gosec // int64 on the wire is its two's complement
	}
	return f
}

// fromJSON gives the KeyValue of a JSON value: true and false are BOOL, whole
// numbers INT or LLINT by their size (UINT above 63 bits), others DOUBLE, text
// STRING, and objects, arrays and null JSON_STRING.
func fromJSON(key string, raw json.RawMessage) (KeyValue, error) {
	kv := KeyValue{Key: key}
	switch raw[0] {
	case '"':
		kv.Type = String
		err := json.Unmarshal(raw, &kv.Text)
		return kv, err
	case 't':
		kv.Type, kv.Varint = Bool, 1
	case 'f':
		kv.Type = Bool
	case '{', '[', 'n':
		kv.Type, kv.Text = JSONString, string(raw)
	default:
		return number(kv, string(raw))
	}
	return kv, nil
}

func number(kv KeyValue, text string) (KeyValue, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		kv.Type, kv.Varint = LongInt, n
		if n == int64(int32(n)) { //nolint:gosec // to see whether it fits
			kv.Type = Int
		}
		return kv, nil
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		kv.Type, kv.Varint = Uint, int64(n) //nolint:gosec // the wrap is what the wire has
		return kv, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && math.IsInf(f, 0) {
		// Too large for a number: its digits survive as JSON.
		kv.Type, kv.Text = JSONString, text
		return kv, nil
	}
	if err != nil {
		return kv, fmt.Errorf("extension %q: %w", kv.Key, err)
	}
	kv.Type, kv.Double = Double, f
	return kv, nil
}
