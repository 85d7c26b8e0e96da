package easemob

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// checkQuickMeta holds the quick way against the general one: where it
// answers, the general one says the same to the last byte. It tells whether
// it answered.
func checkQuickMeta(t interface{ Fatalf(string, ...any) }, raw []byte) (answered bool) {
	for _, chatType := range roaming.ChatTypes() {
		answered = checkQuickMetaIn(t, raw, alice("bob", chatType)) || answered
	}
	return answered
}

func checkQuickMetaIn(t interface{ Fatalf(string, ...any) }, raw []byte, ref roaming.Ref) bool {
	got, whole, ok := quickMeta(raw, ref)
	if !ok {
		return false
	}
	for _, keepRaw := range []bool{false, true} {
		if got.Raw = nil; keepRaw || !whole {
			got.Raw = raw
		}
		want, err := generalMeta(raw, ref, keepRaw)
		// Not go-cmp: nil and empty differ in JSON, and so they do here.
		if err != nil || !reflect.DeepEqual(want, got) {
			t.Fatalf("%x:\nthe general way %#v, %v\nthe quick way   %#v", raw, want, err, got)
		}
	}
	return true
}

// TestQuickMetaIsTheGeneralOne goes over messages of all fields that the
// descriptors have, so that one which msync.proto gets and the quick way does
// not is found here.
func TestQuickMetaIsTheGeneralOne(t *testing.T) {
	drawn, answered := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		drawn++
		if checkQuickMeta(t, drawMeta(t)) {
			answered++
		}
	})
	if drawn >= 100 && answered*20 < drawn { // a third of them, usually
		t.Errorf("the quick way answered for %d of %d: the test says little", answered, drawn)
	}
}

// TestQuickMetaIsTaken: the messages that the contract describes are read the
// quick way, and so are those with a field that it does not know.
func TestQuickMetaIsTaken(t *testing.T) {
	for i, raw := range sampleMetas(t, "history_kinds.json") {
		if !checkQuickMeta(t, raw) {
			t.Errorf("item %d of the sample is not", i+1)
		}
		future := append([]byte{0xa0, 0x06, 1}, raw...) // field 100
		if _, whole, ok := quickMeta(future, alice("bob", roaming.Chat)); whole || !ok || !checkQuickMeta(t, future) {
			t.Errorf("item %d with an unknown field: whole %v, %v", i+1, whole, ok)
		}
	}
}

func TestQuickMetaLeavesOddOnes(t *testing.T) {
	for i, raw := range sampleMetas(t, "history_odd.json") {
		var meta msyncpb.Meta
		if proto.Unmarshal(raw, &meta) != nil || meta.GetId() == 204 { // the one with an unknown field
			continue
		}
		if checkQuickMeta(t, raw) {
			t.Errorf("item %d of the sample is read the quick way", i+1)
		}
	}
}

// TestQuickMetaEdges are the cases that chance seldom draws; two of them were
// mistakes once.
func TestQuickMetaEdges(t *testing.T) {
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
		quick               bool
	}{
		{"nothing", nil, nil, nil, true},
		{"a length below 0", nil, number(nil, 9, math.MaxUint64), nil, true},
		{"a length past 32 bits", nil, number(nil, 9, 1<<32+7), nil, true},
		{"an unknown route", number(nil, 7, 9), nil, nil, false},
		{"a namespace past 32 bits", number(nil, 5, 1<<32+1), nil, nil, false},
		{"a time past 9999", number(nil, 4, math.MaxUint64), nil, nil, false},
		{"a time of 0", number(nil, 4, 0), nil, nil, false},
		{"an ID of 0", number(nil, 1, 0), nil, nil, false},
		{"a latitude that is no number", nil, protowire.AppendFixed64(protowire.AppendTag(nil, 3, protowire.Fixed64Type), math.Float64bits(math.NaN())), nil, false},
		{"a subtype without a name", nil, number(nil, 22, 5), nil, false},
		{"a known field of a wrong wire type", nil, number(nil, 2, 1), nil, false},
		{"the same in a pair, with the right one after it", nil, nil, number(nil, 5, 1), false},
		{"a field number that is too large", nil, append(tooLarge, 1), nil, false},
	}
	for _, tt := range tests {
		pair := number(number(tt.pair, 2, uint64(msyncpb.KeyValue_INT)), 3, 7)
		body := inside(inside(nil, 4, append(number(nil, 1, 0), tt.content...)), 5, pair)
		meta := inside(number(number(number(nil, 1, 1), 4, 1), 5, uint64(msyncpb.Meta_CHAT)), 6, body)
		if got := checkQuickMeta(t, append(meta, tt.meta...)); got != tt.quick {
			t.Errorf("%s: read the quick way: %v, want %v", tt.name, got, tt.quick)
		}
	}
}

// sampleMetas are the items of a sample that are base64.
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

func FuzzQuickMeta(f *testing.F) {
	for _, name := range []string{"history_kinds.json", "history_odd.json"} {
		for _, raw := range sampleMetas(f, name) {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkQuickMeta(t, raw) })
}
