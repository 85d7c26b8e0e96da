package wire

import (
	"errors"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrMalformed is a frame that is not the protobuf of the contract.
var ErrMalformed = errors.New("malformed protobuf")

// field is one field of a message. Varint holds numbers of every kind, Bytes
// the rest, and Raw the whole field with its tag.
type field struct {
	tag    int32
	kind   protowire.Type
	varint uint64
	bytes  []byte
	raw    []byte
}

func (f field) text() string { return string(f.bytes) }

func (f field) double() float64 {
	if f.kind == protowire.Fixed32Type {
		return float64(math.Float32frombits(uint32(f.varint))) //nolint:gosec // 32 bits by its type
	}
	return math.Float64frombits(f.varint)
}

// scan calls each for every field of a message, groups left out.
func scan(message []byte, each func(f field) error) error {
	for len(message) > 0 {
		tag, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return ErrMalformed
		}
		f := field{tag: int32(tag), kind: kind}
		var m int
		switch rest := message[n:]; kind {
		case protowire.VarintType:
			f.varint, m = protowire.ConsumeVarint(rest)
		case protowire.Fixed64Type:
			f.varint, m = protowire.ConsumeFixed64(rest)
		case protowire.Fixed32Type:
			var v uint32
			v, m = protowire.ConsumeFixed32(rest)
			f.varint = uint64(v)
		case protowire.BytesType:
			f.bytes, m = protowire.ConsumeBytes(rest)
		default:
			m = protowire.ConsumeFieldValue(tag, kind, rest)
		}
		if m < 0 {
			return ErrMalformed
		}
		f.raw, message = message[:n+m], message[n+m:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// want holds a field to its type: a known tag of another type is malformed.
func (f field) want(kind protowire.Type) error {
	if f.kind != kind {
		return ErrMalformed
	}
	return nil
}

// parseJID reads a JID.
func parseJID(b []byte) (j JID, err error) {
	err = scan(b, func(f field) error {
		to := map[int32]*string{1: &j.AppKey, 2: &j.Name, 3: &j.Domain, 4: &j.Resource}[f.tag]
		if to == nil {
			return nil
		}
		*to = f.text()
		return f.want(protowire.BytesType)
	})
	return j, err
}
