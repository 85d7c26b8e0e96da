package easemob

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestUnusualKeyValues(t *testing.T) {
	str := func(s string) *msyncpb.KeyValue_StringValue { return &msyncpb.KeyValue_StringValue{StringValue: s} }
	tests := []struct {
		name string
		kv   *msyncpb.KeyValue
		want any
		ok   bool
	}{
		{"uint past 2^63", &msyncpb.KeyValue{Type: msyncpb.KeyValue_UINT.Enum(), Value: &msyncpb.KeyValue_VarintValue{VarintValue: -1}}, uint64(math.MaxUint64), true},
		{"broken JSON", &msyncpb.KeyValue{Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: str(`{"a"`)}, `{"a"`, false},
		{"JSON and more", &msyncpb.KeyValue{Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: str(`1 2`)}, `1 2`, false},
		{"a JSON name twice", &msyncpb.KeyValue{Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: str(`{"a":1,"a":2}`)}, object1{"a": json.Number("2")}, false},
		{"half an emoji", &msyncpb.KeyValue{Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: str(`"\ud83d"`)}, "\ufffd", false},
		{"a JSON number", &msyncpb.KeyValue{Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: str(`1e400`)}, json.Number("1e400"), true},
		{"NaN", &msyncpb.KeyValue{Type: msyncpb.KeyValue_DOUBLE.Enum(), Value: &msyncpb.KeyValue_DoubleValue{DoubleValue: math.NaN()}}, "NaN", false},
		{"infinite", &msyncpb.KeyValue{Type: msyncpb.KeyValue_FLOAT.Enum(), Value: &msyncpb.KeyValue_FloatValue{FloatValue: float32(math.Inf(-1))}}, "-Inf", false},
		{"another type's value", &msyncpb.KeyValue{Type: msyncpb.KeyValue_BOOL.Enum(), Value: str("x")}, "x", false},
		{"an unknown type", &msyncpb.KeyValue{Type: msyncpb.KeyValue_ValueType(99).Enum(), Value: &msyncpb.KeyValue_VarintValue{VarintValue: 5}}, int64(5), false},
		{"no value", &msyncpb.KeyValue{Type: msyncpb.KeyValue_STRING.Enum()}, nil, false},
	}
	for _, tt := range tests {
		got, ok := keyValue(tt.kv)
		if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, ok, diff)
		}
	}
}

func encodeMeta(t interface{ Fatal(...any) }, m *msyncpb.Meta, body *msyncpb.MessageBody) string {
	payload, err := proto.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	m.Ns, m.Payload = msyncpb.Meta_CHAT.Enum(), payload
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// Each change adds a part that a Message has no field for.
func TestRawIsKeptIfFieldsAreMissing(t *testing.T) {
	text := func() *msyncpb.Content {
		return &msyncpb.Content{Type: msyncpb.Content_TEXT.Enum(), Text: new("hi")}
	}
	tests := map[string]func(*msyncpb.Meta, *msyncpb.MessageBody){
		"":             func(*msyncpb.Meta, *msyncpb.MessageBody) {}, // nothing
		"no ID":        func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Id = nil },
		"ID 0":         func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Id = proto.Uint64(0) },
		"no time":      func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Timestamp = nil },
		"time 0":       func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Timestamp = proto.Uint64(0) },
		"another chat": func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.Type = msyncpb.MessageBody_GROUPCHAT.Enum() },
		"no number":    func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.Contents[0].Latitude = new(math.NaN()) },
		"no width": func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			b.Contents[0].Size = &msyncpb.Content_Size{Width: new(math.Inf(1))}
		},
		"a time past 9999": func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Timestamp = proto.Uint64(math.MaxUint64) },
		"meta's extension": func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Ext = []*msyncpb.KeyValue{{Key: new("k")}} },
		"an unknown route": func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Routetype = msyncpb.Meta_RouteType(9).Enum() },
		"two contents":     func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.Contents = append(b.Contents, text()) },
		"no content":       func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.Contents = nil },
		"no content type":  func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.Contents[0].Type = nil },
		"bytes for text":   func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.Contents[0].Text = new("\xff") },
		"a field deep inside": func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			size := &msyncpb.Content_Size{}
			size.ProtoReflect().SetUnknown([]byte{0x78, 1})
			b.Contents[0].Size = size
		},
		"a key twice": func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			kv := &msyncpb.KeyValue{Key: new("k"), Type: msyncpb.KeyValue_INT.Enum(), Value: &msyncpb.KeyValue_VarintValue{VarintValue: 1}}
			b.Ext = []*msyncpb.KeyValue{kv, kv}
		},
	}
	for name, change := range tests {
		meta := &msyncpb.Meta{Id: proto.Uint64(1), Timestamp: proto.Uint64(1)}
		body := &msyncpb.MessageBody{Type: msyncpb.MessageBody_CHAT.Enum(), Contents: []*msyncpb.Content{text()}}
		change(meta, body)
		m, err := decodeText(encodeMeta(t, meta, body), alice("bob", roaming.Chat), false)
		if err != nil || (len(m.Raw) > 0) != (name != "") {
			t.Errorf("%q: raw %x, %v", name, m.Raw, err)
		}
	}
}

func TestSubtypes(t *testing.T) {
	for name, tt := range map[string]struct {
		content *msyncpb.Content
		kind    roaming.Kind
		subType any
	}{
		"combined text": {&msyncpb.Content{Type: msyncpb.Content_TEXT.Enum(), SubType: msyncpb.SubType_COMBINE.Enum()}, roaming.Combine, "sub_combine"},
		"GIF":           {&msyncpb.Content{Type: msyncpb.Content_IMAGE.Enum(), SubType: msyncpb.SubType_GIF.Enum()}, roaming.Image, "GIF"},
		"plain":         {&msyncpb.Content{Type: msyncpb.Content_IMAGE.Enum()}, roaming.Image, nil},
	} {
		kind := contentKind(tt.content)
		body, _ := contentBody(tt.content, kind)
		if kind != tt.kind || body["subType"] != tt.subType {
			t.Errorf("%s: %s, %v", name, kind, body["subType"])
		}
	}
}

func TestLenientJSON(t *testing.T) {
	type fields struct {
		S text
		N integer
		F flag
		M moment
	}
	at := func(ms int64) moment { return moment{at: roaming.Millis(ms)} }
	tests := []struct {
		in   string
		want fields
		ok   bool
	}{
		{`{"S":"a","N":5,"F":true,"M":1}`, fields{"a", 5, true, at(1)}, true},
		{`{"S":18446744073709551615,"N":"1763600000000","F":"1","M":"1763600000000"}`, fields{"18446744073709551615", 1763600000000, true, at(1763600000000)}, true},
		{`{"S":null,"N":null,"F":null,"M":null}`, fields{}, true},
		{`{"S":true,"N":"","F":0,"M":""}`, fields{"true", 0, false, moment{}}, true},
		{`{"N":1.7636e12,"M":1.7636e12}`, fields{N: 1763600000000, M: at(1763600000000)}, true},
		{`{"M":0}`, fields{M: moment{raw: "0"}}, true},
		{`{"M":1763600000}`, fields{M: at(1763600000)}, true}, // seconds are not guessed at
		{`{"M":1763600000000000}`, fields{M: moment{raw: "1763600000000000"}}, true},
		{`{"M":"18446744073709551615"}`, fields{M: moment{raw: "18446744073709551615"}}, true},
		{`{"M":-1}`, fields{M: moment{raw: "-1"}}, true},
		{`{"M":1e400}`, fields{M: moment{raw: "1e400"}}, true},
		{`{"M":1763600000000.5}`, fields{M: moment{raw: "1763600000000.5"}}, true},
		{`{"M":[]}`, fields{}, false},
		{`{"N":1.5}`, fields{}, false},
		{`{"N":"many"}`, fields{}, false},
		{`{"N":1e30}`, fields{}, false},
		{`{"S":{}}`, fields{}, false},
		{`{"F":"perhaps"}`, fields{}, false},
	}
	for _, tt := range tests {
		var got fields
		err := json.Unmarshal([]byte(tt.in), &got)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.in, err)
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(moment{})); diff != "" && tt.ok {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
	}
}

// The client does not guess the unit of a time (docs/contract.md, section 12).
func TestUnusualTimesAndIDs(t *testing.T) {
	none := roaming.Time{}
	for name, tt := range map[string]struct {
		id, timestamp *uint64
		wantID        roaming.MessageID
		at            roaming.Time
		number        string
	}{
		"usual":               {proto.Uint64(7), proto.Uint64(1763600000000), 7, roaming.Millis(1763600000000), ""},
		"seconds":             {proto.Uint64(7), proto.Uint64(1763600000), 7, roaming.Millis(1763600000), ""},
		"microseconds":        {proto.Uint64(7), proto.Uint64(1763600000000000), 7, none, "1763600000000000"},
		"the last instant":    {proto.Uint64(7), proto.Uint64(253402300799999), 7, roaming.Millis(253402300799999), ""},
		"the one after":       {proto.Uint64(7), proto.Uint64(253402300800000), 7, none, "253402300800000"},
		"the largest":         {proto.Uint64(7), proto.Uint64(math.MaxUint64), 7, none, "18446744073709551615"},
		"0":                   {proto.Uint64(7), proto.Uint64(0), 7, none, "0"},
		"no time":             {proto.Uint64(7), nil, 7, none, ""},
		"ID 0":                {proto.Uint64(0), proto.Uint64(1), 0, roaming.Millis(1), ""},
		"no ID":               {nil, proto.Uint64(1), 0, roaming.Millis(1), ""},
		"neither ID nor time": {nil, nil, 0, none, ""},
	} {
		m, err := decodeText(encodeMeta(t, &msyncpb.Meta{Id: tt.id, Timestamp: tt.timestamp}, &msyncpb.MessageBody{
			Contents: []*msyncpb.Content{{Type: msyncpb.Content_TEXT.Enum(), Text: new("hi")}},
		}), alice("bob", roaming.Chat), false)
		if err != nil || m.ID != tt.wantID || m.Timestamp != tt.at || m.RawTimestamp != tt.number || m.Text != "hi" {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

// The query decides the conversation: the sender writes the body.
func TestTheQueryDecidesTheConversation(t *testing.T) {
	for _, own := range roaming.ChatTypes() {
		for _, claimed := range []msyncpb.MessageBody_Type{
			msyncpb.MessageBody_NORMAL, msyncpb.MessageBody_CHAT, msyncpb.MessageBody_GROUPCHAT, msyncpb.MessageBody_CHATROOM,
		} {
			m, err := decodeText(encodeMeta(t, &msyncpb.Meta{Id: proto.Uint64(1), Timestamp: proto.Uint64(1)}, &msyncpb.MessageBody{
				Type: &claimed, Contents: []*msyncpb.Content{{Type: msyncpb.Content_TEXT.Enum(), Text: new("hi")}},
			}), alice("42", own), false)
			named, ok := chatTypeOf(claimed)
			if err != nil || m.ChatType != own || m.Conversation != "42" || (m.Raw != nil) != (ok && named != own) {
				t.Errorf("%s that claims to be %s: %+v, %v", own, claimed, m, err)
			}
		}
	}
}

// Decoding keeps IDs, texts and 64-bit extensions exactly.
func TestDecodingIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Uint64Min(1).Draw(t, "id")
		text := rapid.String().Draw(t, "text")
		n := rapid.Int64().Draw(t, "n")
		m, err := decodeText(encodeMeta(t, &msyncpb.Meta{Id: &id, Timestamp: proto.Uint64(1)}, &msyncpb.MessageBody{
			Contents: []*msyncpb.Content{{Type: msyncpb.Content_TEXT.Enum(), Text: &text}},
			Ext: []*msyncpb.KeyValue{
				{Key: new("n"), Type: msyncpb.KeyValue_LLINT.Enum(), Value: &msyncpb.KeyValue_VarintValue{VarintValue: n}},
				{Key: new("j"), Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: &msyncpb.KeyValue_StringValue{StringValue: strconv.FormatUint(id, 10)}},
			},
		}), alice("bob", roaming.Chat), false)
		if err != nil {
			t.Fatal(err)
		}
		ext := object1{"n": n, "j": json.Number(strconv.FormatUint(id, 10))}
		if uint64(m.ID) != id || m.Text != text || !cmp.Equal(m.Ext, ext) || m.Raw != nil {
			t.Fatalf("%+v", m)
		}
	})
}

func FuzzDecodeMeta(f *testing.F) {
	for _, name := range []string{"history_kinds.json", "history_odd.json"} {
		var a historyAnswer
		if err := json.Unmarshal([]byte(sample(f, name)), &a); err != nil {
			f.Fatal(err)
		}
		for _, raw := range a.Data.Msgs {
			var item struct{ Msg string }
			if json.Unmarshal(raw, &item) == nil {
				if b, err := base64.StdEncoding.DecodeString(item.Msg); err == nil {
					f.Add(b)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := decodeRaw(raw, alice("bob", roaming.Chat), false)
		if err != nil {
			return
		}
		if m.Body == nil || m.Ext == nil || m.Kind == "" || m.ChatType == "" {
			t.Errorf("something is missing: %+v", m)
		}
		if m.Kind == roaming.Unknown && len(raw) > 0 && len(m.Raw) == 0 {
			t.Error("an unknown message without its raw bytes")
		}
		if _, err := json.Marshal(m); err != nil {
			t.Errorf("it cannot be shown: %v", err)
		}
	})
}

func FuzzDecodeConversationPage(f *testing.F) {
	for _, name := range []string{"conversations_cursor.json", "conversations_old.json"} {
		f.Add(sample(f, name))
	}
	f.Add(`{"data":{"channel_infos":[{"channel_id":"org#app_x@easemob.com","meta":[]}],"cursor":5}}`)
	f.Fuzz(func(t *testing.T, body string) {
		var a conversationsAnswer
		if unmarshal([]byte(body), &a) != nil || a.Data == nil {
			return
		}
		for _, raw := range a.Data.ChannelInfos {
			c, err := decodeConversation(raw, appKey{"org", "app"})
			if err == nil && (c.ID == "" || c.Type == "" || c.Marks == nil) {
				t.Errorf("something is missing: %+v", c)
			}
			if _, err := json.Marshal(c); err != nil {
				t.Errorf("it cannot be shown: %v", err)
			}
		}
	})
}

// page50 is a page of 50 text messages of about 100 bytes, with extensions.
func page50(b *testing.B) []byte {
	b.Helper()
	msgs := make([]map[string]string, 50)
	for i := range msgs {
		text := "明天早上九点在老地方见，记得带上雨伞 " + strings.Repeat("x", 40)
		id, at := 18446744073709551000+uint64(i), 1763600000000+uint64(i)
		name := func(s string) *msyncpb.JID {
			return &msyncpb.JID{AppKey: new("org#app"), Name: new(s), Domain: new("easemob.com")}
		}
		msgs[i] = map[string]string{"msg": encodeMeta(b, &msyncpb.Meta{Id: &id, From: name("bob"), To: name("alice"), Timestamp: &at}, &msyncpb.MessageBody{
			Type: msyncpb.MessageBody_CHAT.Enum(), From: name("bob"), To: name("alice"),
			Contents: []*msyncpb.Content{{Type: msyncpb.Content_TEXT.Enum(), Text: &text}},
			Ext: []*msyncpb.KeyValue{
				{Key: new("level"), Type: msyncpb.KeyValue_INT.Enum(), Value: &msyncpb.KeyValue_VarintValue{VarintValue: 3}},
				{Key: new("style"), Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: &msyncpb.KeyValue_StringValue{StringValue: `{"bold":true}`}},
			},
		})}
	}
	body, err := json.Marshal(object1{"data": object1{"msgs": msgs, "is_last": true, "next_key": ""}})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func decodeText(encoded string, ref roaming.Ref, keepRaw bool) (roaming.Message, error) {
	return decodeMeta([]byte(encoded), ref, keepRaw)
}
