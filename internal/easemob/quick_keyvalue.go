package easemob

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
)

// keyValue reads one pair of an extension. A value that has no exact place in
// a map is odd.
func (w *wire) keyValue() (key string, value any) {
	var name []byte
	var at wire                   // at the value's field; the last one counts, as in any oneof
	kind := msyncpb.KeyValue_BOOL // where none is named: proto2's default is the first
	in := w.inside()
	for in.next() {
		switch in.num {
		case 1:
			name = in.text()
		case 2:
			kind = msyncpb.KeyValue_ValueType(in.enum(int32(msyncpb.KeyValue_JSON_STRING)))
		case 3:
			in.want(protowire.VarintType)
			at = in
		case 4:
			in.want(protowire.Fixed32Type)
			at = in
		case 5:
			in.want(protowire.Fixed64Type)
			at = in
		case 6:
			in.want(protowire.BytesType)
			at = in
		default:
			in.unknown = true
		}
	}
	value, exact := at.value(kind)
	in.odd = in.odd || at.odd || !exact
	w.leave(in)
	return string(name), value
}

// value is the one that a KeyValue's field holds; exact is keyValue's ok.
func (w *wire) value(kind msyncpb.KeyValue_ValueType) (value any, exact bool) {
	switch w.num {
	case 3:
		return varint(kind, int64(w.n)) //nolint:gosec // the wire carries the signed value's bits
	case 4:
		value, exact = number32(w.float())
		return value, exact && kind == msyncpb.KeyValue_FLOAT
	case 5:
		value, exact = number(w.double())
		return value, exact && kind == msyncpb.KeyValue_DOUBLE
	case 6:
		return textValue(kind, string(w.text()))
	default:
		return nil, false // there is none
	}
}

// putNew sets a key; one that is there already is odd.
func (w *wire) putNew(m map[string]any, key string, value any) {
	if _, twice := m[key]; twice {
		w.odd = true
	}
	m[key] = value
}

// customExts are a custom message's extensions in both of REST's forms: one
// map, and a list of pairs that keeps their order.
type customExts struct {
	all   map[string]any
	pairs []any
}

func (c *customExts) add(w *wire, key string, value any) {
	if c.all == nil {
		c.all = map[string]any{}
	}
	w.putNew(c.all, key, value)
	c.pairs = append(c.pairs, map[string]any{key: value})
}

func (c *customExts) put(body map[string]any) {
	if c.all == nil {
		c.all, c.pairs = map[string]any{}, []any{}
	}
	body["v2:customExts"], body["customExts"] = c.all, c.pairs
}
