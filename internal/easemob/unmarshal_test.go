package easemob

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
)

// checkUnmarshal compares the generated code with package proto: the values, the
// errors, and whether every field is known.
func checkUnmarshal(t interface{ Fatalf(string, ...any) }, raw []byte) (whole bool) {
	meta, body := pair[msyncpb.Meta]{}, pair[msyncpb.MessageBody]{}
	if !check(t, raw, &meta.got, &meta.want) {
		return false
	}
	known := understood(meta.want.ProtoReflect())
	if got := meta.got.Known(); got != known {
		t.Fatalf("%x: Known is %v, want %v", raw, got, known)
	}
	if !check(t, meta.want.GetPayload(), &body.got, &body.want) {
		return false
	}
	knownBody := understood(body.want.ProtoReflect())
	if got := body.got.Known(); got != knownBody {
		t.Fatalf("%x: the body's Known is %v, want %v", raw, got, knownBody)
	}
	return known && knownBody
}

type protoMessage interface {
	proto.Message
	UnmarshalVTUnsafe(b []byte) error
}

type pair[T any] struct{ got, want T }

// check reports whether both can decode b. The generated code also accepts field
// numbers that are too large, and the low bits of varints of more than 64. It keeps the
// tag of an unknown field as it came, where package proto writes the shortest form.
func check(t interface{ Fatalf(string, ...any) }, b []byte, got protoMessage, want proto.Message) bool {
	err, wantErr := unmarshalProto(b, got), proto.Unmarshal(b, want)
	shortenTags(got.ProtoReflect())
	switch {
	case err != nil && wantErr == nil:
		t.Fatalf("%x: %v", b, err)
	case err == nil && wantErr == nil && !proto.Equal(got, want):
		t.Fatalf("%x:\ngot  %v\nwant %v", b, got, want)
	}
	return err == nil && wantErr == nil
}

// shortenTags writes the tags of unknown fields in their shortest form.
func shortenTags(m protoreflect.Message) {
	var short []byte
	for b := m.GetUnknown(); len(b) > 0; {
		number, kind, n := protowire.ConsumeTag(b)
		length := protowire.ConsumeFieldValue(number, kind, b[max(n, 0):])
		if n < 0 || length < 0 {
			return
		}
		short = append(protowire.AppendTag(short, number, kind), b[n:n+length]...)
		b = b[n+length:]
	}
	m.SetUnknown(short)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Kind() != protoreflect.MessageKind:
		case fd.IsList():
			for i := range v.List().Len() {
				shortenTags(v.List().Get(i).Message())
			}
		default:
			shortenTags(v.Message())
		}
		return true
	})
}

// Random bytes rarely have a tag that is longer than it must be.
func TestUnmarshalKeepsLongTags(t *testing.T) {
	checkUnmarshal(t, []byte{0x22, 0x04, 0x80, 0x82, 0x00, 0x00, 0x80, 0x82, 0x00, 0x00})
}

// The messages have all fields of the descriptors, so the test finds a new field of
// msync.proto that Known lacks.
func TestUnmarshalMatchesPackageProto(t *testing.T) {
	drawn, whole := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		drawn++
		if checkUnmarshal(t, drawMeta(t)) {
			whole++
		}
	})
	if drawn >= 100 && whole*20 < drawn { // a third of them, usually
		t.Errorf("%d of %d were known: the test says little", whole, drawn)
	}
}

func TestUnmarshalSamples(t *testing.T) {
	for i, raw := range sampleMetas(t, "history_kinds.json") {
		if !checkUnmarshal(t, raw) {
			t.Errorf("item %d of the sample is not known whole", i+1)
		}
		if checkUnmarshal(t, append([]byte{0xa0, 0x06, 1}, raw...)) { // field 100
			t.Errorf("item %d with an unknown field is known whole", i+1)
		}
	}
	for _, raw := range sampleMetas(t, "history_odd.json") {
		checkUnmarshal(t, raw)
	}
}

// Cases that the generator rarely draws.
func TestUnmarshalEdges(t *testing.T) {
	number := func(b []byte, field protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
	}
	inside := func(b []byte, field protowire.Number, in []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), in)
	}
	tooLarge := protowire.AppendVarint(nil, uint64(protowire.MaxValidNumber+1)<<3)
	tests := []struct {
		name                string
		meta, content, pair []byte // fields of each
		whole               bool
	}{
		{"nothing", nil, nil, nil, true},
		{"a length below 0", nil, number(nil, 9, math.MaxUint64), nil, true},
		{"a length past 32 bits", nil, number(nil, 9, 1<<32+7), nil, true},
		{"an unknown route", number(nil, 7, 9), nil, nil, false},
		{"a namespace past 32 bits", number(nil, 5, 1<<32+1), nil, nil, true},
		{"a time past 9999", number(nil, 4, math.MaxUint64), nil, nil, true},
		{"a time of 0", number(nil, 4, 0), nil, nil, true},
		{"an ID of 0", number(nil, 1, 0), nil, nil, true},
		{"a latitude that is no number", nil, protowire.AppendFixed64(protowire.AppendTag(nil, 3, protowire.Fixed64Type), math.Float64bits(math.NaN())), nil, true},
		{"a subtype without a name", nil, number(nil, 22, 5), nil, false},
		{"a known field of a wrong wire type", nil, number(nil, 2, 1), nil, false},
		{"the same in a pair, with the right one after it", nil, nil, number(nil, 5, 1), false},
		{"a field number that is too large", nil, append(tooLarge, 1), nil, false},
	}
	for _, tt := range tests {
		pair := number(number(tt.pair, 2, uint64(msyncpb.KeyValue_INT)), 3, 7)
		body := inside(inside(nil, 4, append(number(nil, 1, 0), tt.content...)), 5, pair)
		meta := inside(number(number(number(nil, 1, 1), 4, 1), 5, uint64(msyncpb.Meta_CHAT)), 6, body)
		if got := checkUnmarshal(t, append(meta, tt.meta...)); got != tt.whole {
			t.Errorf("%s: known whole: %v, want %v", tt.name, got, tt.whole)
		}
	}
}

// sampleMetas returns the items of a sample that are valid base64.
func sampleMetas(t testing.TB, name string) (metas [][]byte) {
	t.Helper()
	var a historyAnswer
	if err := json.Unmarshal([]byte(sample(t, name)), &a); err != nil {
		t.Fatal(err)
	}
	for _, raw := range a.Data.Msgs {
		var item struct{ Msg string }
		if json.Unmarshal(raw, &item) == nil {
			if b, err := base64.StdEncoding.DecodeString(item.Msg); err == nil {
				metas = append(metas, b)
			}
		}
	}
	return metas
}

func FuzzUnmarshal(f *testing.F) {
	for _, name := range []string{"history_kinds.json", "history_odd.json"} {
		for _, raw := range sampleMetas(f, name) {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkUnmarshal(t, raw) })
}
