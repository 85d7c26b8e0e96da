package easemob

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// wire goes through the fields of a protobuf message for the quick way of
// reading history (quick_meta.go). It reads what everyday messages hold. For
// the rest it sets odd, and the general way, over the generated code, has to
// look: whatever is read here is what that would have read.
type wire struct {
	rest []byte

	// The field that next came to.
	num  protowire.Number
	kind protowire.Type
	n    uint64 // a number's bits
	b    []byte // a string, bytes or a message; a part of the input

	odd     bool // not for the quick way
	unknown bool // there was a field that msync.proto does not have
}

// next goes to the next field; false at the end, and where something is odd.
func (w *wire) next() bool {
	if w.odd || len(w.rest) == 0 {
		return false
	}
	num, kind, n := protowire.ConsumeTag(w.rest)
	if n < 0 || !num.IsValid() { // ConsumeTag lets some through that are too large
		w.odd = true
		return false
	}
	w.num, w.kind, w.rest = num, kind, w.rest[n:]
	switch kind {
	case protowire.VarintType:
		w.n, n = protowire.ConsumeVarint(w.rest)
	case protowire.BytesType:
		w.b, n = protowire.ConsumeBytes(w.rest)
	case protowire.Fixed64Type:
		w.n, n = protowire.ConsumeFixed64(w.rest)
	case protowire.Fixed32Type:
		var bits uint32
		bits, n = protowire.ConsumeFixed32(w.rest)
		w.n = uint64(bits)
	default:
		n = -1 // a group: proto2 has them, the service does not
	}
	if n < 0 {
		w.odd = true
		return false
	}
	w.rest = w.rest[n:]
	return true
}

// want makes a field of another wire type odd.
func (w *wire) want(kind protowire.Type) {
	if w.kind != kind {
		w.odd = true
	}
}

func (w *wire) varint() uint64 {
	w.want(protowire.VarintType)
	return w.n
}

// enum is a value from 0 to most; any other is odd.
func (w *wire) enum(most int32) int32 {
	v := w.varint()
	if v > uint64(most) { //nolint:gosec // most is a constant above 0
		w.odd = true
		return 0
	}
	return int32(v) //nolint:gosec // not above most
}

func (w *wire) float() float32 {
	w.want(protowire.Fixed32Type)
	return math.Float32frombits(uint32(w.n)) //nolint:gosec // these are 32 bits
}

func (w *wire) double() float64 {
	w.want(protowire.Fixed64Type)
	return math.Float64frombits(w.n)
}

func (w *wire) bytes() []byte {
	w.want(protowire.BytesType)
	return w.b
}

// text is the bytes of a string; what is no text is odd.
func (w *wire) text() []byte {
	w.want(protowire.BytesType)
	if !utf8.Valid(w.b) {
		w.odd = true
	}
	return w.b
}

// inside goes into a field that is a message; leave has to follow.
func (w *wire) inside() wire { return wire{rest: w.bytes(), odd: w.odd} }

// leave keeps what was found inside.
func (w *wire) leave(in wire) {
	w.odd = w.odd || in.odd
	w.unknown = w.unknown || in.unknown
}
