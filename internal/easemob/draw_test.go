package easemob

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
)

// These functions draw messages in the wire format. Most are like those of a history,
// mixed with anything that protobuf accepts.

// below draws a number from 0 to n-1, each with the same probability. rapid's own
// ranges prefer small ones.
func below(t *rapid.T, n int) int {
	v := 0
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 16, 16).Draw(t, "bits") {
		if v *= 2; bit {
			v++
		}
	}
	return v % n
}

// chance is true with a probability in percent.
func chance(t *rapid.T, percent int) bool { return below(t, 100) >= 100-percent }

func drawMeta(t *rapid.T) []byte {
	usual := protowire.AppendTag(nil, 1, protowire.VarintType)
	usual = protowire.AppendVarint(usual, rapid.Uint64().Draw(t, "id"))
	usual = protowire.AppendTag(usual, 4, protowire.VarintType)
	usual = protowire.AppendVarint(usual, rapid.OneOf(rapid.Uint64Range(0, 1<<42), rapid.Uint64()).Draw(t, "timestamp"))
	usual = protowire.AppendTag(usual, 5, protowire.VarintType)
	usual = protowire.AppendVarint(usual, uint64(msyncpb.Meta_CHAT))
	usual = protowire.AppendTag(usual, 6, protowire.BytesType)
	usual = protowire.AppendBytes(usual, drawBody(t))
	return around(t, usual, (&msyncpb.Meta{}).ProtoReflect().Descriptor(), 4)
}

func drawBody(t *rapid.T) []byte {
	content := (&msyncpb.Content{}).ProtoReflect().Descriptor()
	usual := protowire.AppendTag(nil, 4, protowire.BytesType)
	usual = protowire.AppendBytes(usual, drawMessage(t, content, 12))
	return around(t, usual, (&msyncpb.MessageBody{}).ProtoReflect().Descriptor(), 6)
}

// around adds fields before and after the usual ones, with a probability in percent.
func around(t *rapid.T, usual []byte, md protoreflect.MessageDescriptor, percent int) []byte {
	b := append(drawFields(t, md, percent), usual...)
	return append(b, drawFields(t, md, percent)...)
}

// drawMessage draws a message; most contents and pairs are valid.
func drawMessage(t *rapid.T, md protoreflect.MessageDescriptor, percent int) []byte {
	switch md.Name() {
	case "Content":
		usual := protowire.AppendTag(nil, 1, protowire.VarintType)
		usual = protowire.AppendVarint(usual, uint64(below(t, 9)))
		return around(t, usual, md, percent)
	case "KeyValue":
		return around(t, drawPair(t), md, 2)
	}
	return drawFields(t, md, percent)
}

// drawPair draws a KeyValue whose value has its type.
func drawPair(t *rapid.T) []byte {
	kind := 1 + uint64(below(t, 8))
	b := protowire.AppendTag(nil, 1, protowire.BytesType)
	b = protowire.AppendString(b, rapid.StringN(0, 3, -1).Draw(t, "key"))
	b = protowire.AppendTag(b, 2, protowire.VarintType)
	b = protowire.AppendVarint(b, kind)
	switch {
	case kind == uint64(msyncpb.KeyValue_BOOL):
		b = protowire.AppendTag(b, 3, protowire.VarintType)
		return protowire.AppendVarint(b, rapid.Uint64Range(0, 1).Draw(t, "bool"))
	case kind <= uint64(msyncpb.KeyValue_LLINT):
		b = protowire.AppendTag(b, 3, protowire.VarintType)
		return protowire.AppendVarint(b, rapid.Uint64().Draw(t, "int"))
	case kind == uint64(msyncpb.KeyValue_FLOAT):
		b = protowire.AppendTag(b, 4, protowire.Fixed32Type)
		return protowire.AppendFixed32(b, rapid.Uint32().Draw(t, "float"))
	case kind == uint64(msyncpb.KeyValue_DOUBLE):
		b = protowire.AppendTag(b, 5, protowire.Fixed64Type)
		return protowire.AppendFixed64(b, rapid.Uint64().Draw(t, "double"))
	default:
		b = protowire.AppendTag(b, 6, protowire.BytesType)
		return protowire.AppendString(b, drawJSON(t))
	}
}

// drawFields draws a percentage of a message's fields, in any order. Some occur twice,
// have the wrong wire type, are unknown, or are not valid fields.
func drawFields(t *rapid.T, md protoreflect.MessageDescriptor, percent int) (b []byte) {
	for range (md.Fields().Len()*percent + below(t, 100)) / 100 {
		fd := md.Fields().Get(below(t, md.Fields().Len()))
		switch {
		case chance(t, 2):
			b = protowire.AppendTag(b, protowire.Number(1+below(t, 40)), protowire.VarintType)
			b = protowire.AppendVarint(b, rapid.Uint64().Draw(t, "n"))
		case chance(t, 1):
			b = append(b, rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "noise")...)
		default:
			b = drawValue(t, b, fd, percent)
		}
	}
	return b
}

func drawValue(t *rapid.T, b []byte, fd protoreflect.FieldDescriptor, percent int) []byte {
	switch fd.Kind() {
	case protoreflect.EnumKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.VarintType)
		known := fd.Enum().Values()
		v := uint64(known.Get(below(t, known.Len())).Number())
		if chance(t, 5) {
			v = rapid.Uint64().Draw(t, "unknown value")
		}
		return protowire.AppendVarint(b, v)
	case protoreflect.DoubleKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.Fixed64Type)
		return protowire.AppendFixed64(b, rapid.Uint64().Draw(t, "double"))
	case protoreflect.FloatKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.Fixed32Type)
		return protowire.AppendFixed32(b, rapid.Uint32().Draw(t, "float"))
	case protoreflect.StringKind, protoreflect.BytesKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		s := rapid.OneOf(rapid.SampledFrom([]string{"", "alice", "bob"}), rapid.String()).Draw(t, "text")
		if chance(t, 1) {
			s += "\xff"
		}
		return protowire.AppendString(b, s)
	case protoreflect.MessageKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		return protowire.AppendBytes(b, drawMessage(t, fd.Message(), percent))
	default: // the integers and bool
		b = protowire.AppendTag(b, fd.Number(), protowire.VarintType)
		return protowire.AppendVarint(b, rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64()).Draw(t, "n"))
	}
}

// drawJSON draws a JSON text, or an almost valid one.
func drawJSON(t *rapid.T) string {
	parts := rapid.SampledFrom([]string{
		"{", "}", "[", "]", ",", ":", `"a"`, `"A"`, `"\n"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\x"`, `"你"`, "\"\xff\"", "\"\t\"",
		`"`, "0", "-1.5e3", "01", "1.", "-", "18446744073709551615", "true", "false", "null", "nul", " ", "\n", "\\", "\x00",
	})
	scalar := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{
			`"a"`, `"a\"b\\"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\\ud83d"`, `"\ude00\uD83D"`, `"\uFFFD"`, "\"\ufffd\"", `"你"`, "0", "-1.5e3", "1E400", "true", "false", "null", "{}", "[ ]",
		}).Draw(t, "scalar")
	})
	value := rapid.Custom(func(t *rapid.T) string {
		a, b, c := scalar.Draw(t, "a"), scalar.Draw(t, "b"), scalar.Draw(t, "c")
		return rapid.SampledFrom([]string{
			a, "[" + a + "," + b + "]", ` {"x" : ` + a + `,"y":` + b + `} `, `{"x":[` + a + `],"x":{"z\n":` + b + `}}`, `[[` + a + `],` + b + `,` + c + `]`,
		}).Draw(t, "value")
	})
	s := value.Draw(t, "json")
	if chance(t, 10) {
		at := rapid.IntRange(0, len(s)).Draw(t, "at")
		s = s[:at] + parts.Draw(t, "part") + s[at:]
	}
	return s
}
