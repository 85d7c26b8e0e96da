package wire

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields is a protobuf message under construction.
type fields []byte

func (f *fields) varint(tag protowire.Number, v uint64) {
	*f = protowire.AppendVarint(protowire.AppendTag(*f, tag, protowire.VarintType), v)
}

func (f *fields) string(tag protowire.Number, v string) {
	*f = protowire.AppendString(protowire.AppendTag(*f, tag, protowire.BytesType), v)
}

func (f *fields) bytes(tag protowire.Number, v []byte) {
	*f = protowire.AppendBytes(protowire.AppendTag(*f, tag, protowire.BytesType), v)
}

func (f *fields) float(tag protowire.Number, v float32) {
	*f = protowire.AppendFixed32(protowire.AppendTag(*f, tag, protowire.Fixed32Type), math.Float32bits(v))
}

func (f *fields) double(tag protowire.Number, v float64) {
	*f = protowire.AppendFixed64(protowire.AppendTag(*f, tag, protowire.Fixed64Type), math.Float64bits(v))
}
