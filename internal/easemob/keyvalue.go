package easemob

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
)

// keyValues returns an extension as a map. ok is false when the map does not hold
// all of it: a key is there twice, a type is unknown, or a value is not of its type.
func keyValues(list []*msyncpb.KeyValue) (m map[string]any, ok bool) {
	m, ok = make(map[string]any, len(list)), true
	for _, kv := range list {
		value, good := keyValue(kv)
		if _, twice := m[kv.GetKey()]; twice || !good {
			ok = false
		}
		m[kv.GetKey()] = value
	}
	return m, ok
}

// keyValue returns the Go value: bool, int64, uint64, float64, string, or
// decodeJSON's.
func keyValue(kv *msyncpb.KeyValue) (value any, ok bool) {
	switch v := kv.GetValue().(type) {
	case *msyncpb.KeyValue_VarintValue:
		return varint(kv.GetType(), v.VarintValue)
	case *msyncpb.KeyValue_FloatValue:
		value, ok = number32(v.FloatValue)
		return value, ok && kv.GetType() == msyncpb.KeyValue_FLOAT
	case *msyncpb.KeyValue_DoubleValue:
		value, ok = number(v.DoubleValue)
		return value, ok && kv.GetType() == msyncpb.KeyValue_DOUBLE
	case *msyncpb.KeyValue_StringValue:
		return textValue(kv.GetType(), v.StringValue)
	}
	return nil, false
}

func varint(t msyncpb.KeyValue_ValueType, v int64) (any, bool) {
	switch t {
	case msyncpb.KeyValue_BOOL:
		return v != 0, v == 0 || v == 1
	case msyncpb.KeyValue_UINT:
		return uint64(v), true //nolint:gosec // the wire carries the unsigned value's bits
	case msyncpb.KeyValue_INT, msyncpb.KeyValue_LLINT:
		return v, true
	default:
		return v, false
	}
}

// textValue returns a string, or the value of the JSON in it.
func textValue(t msyncpb.KeyValue_ValueType, s string) (value any, ok bool) {
	if t == msyncpb.KeyValue_JSON_STRING {
		return decodeJSON([]byte(s))
	}
	return s, t == msyncpb.KeyValue_STRING
}

// number returns a float. One that JSON cannot express becomes text, and is not ok.
func number(f float64) (value any, ok bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', -1, 64), false
	}
	return f, true
}

// number32 returns a single-precision float as its shortest decimal: 0.1, not
// 0.10000000149011612.
func number32(f float32) (value any, ok bool) {
	if value, ok = number(float64(f)); ok {
		value = json.Number(strconv.FormatFloat(float64(f), 'g', -1, 32))
	}
	return value, ok
}
