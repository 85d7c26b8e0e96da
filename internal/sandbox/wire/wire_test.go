package wire

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMetaBytes compares with bytes written by hand from the contract.
func TestMetaBytes(t *testing.T) {
	body := Body{Type: 1, From: JID{AppKey: "o#a", Name: "al", Domain: "d"}, To: JID{AppKey: "o#a", Name: "bo", Domain: "d", Resource: "r"}}
	if err := body.Parse([]byte(`{"bodies":[{"type":"txt","msg":"hé"}],"ext":{"k":true}}`)); err != nil {
		t.Fatal(err)
	}
	m := Meta{ID: 1<<64 - 1, From: body.From, To: body.To, Timestamp: 300, NS: Chat, Payload: Marshal(body)}
	from := "0a 03 6f2361 12 02 616c 1a 01 64"
	to := "0a 03 6f2361 12 02 626f 1a 01 64 22 01 72"
	payload := "08 01" + // type CHAT
		"12 0c" + from +
		"1a 0f" + to +
		"22 07 08 00 12 03 68c3a9" + // contents: TEXT, text
		"2a 07 0a 01 6b 10 01 18 01" // ext: k, BOOL, 1
	want := "08 ffffffffffffffffff01" +
		"12 0c" + from + "1a 0f" + to +
		"20 ac02" + "28 01" + // timestamp, ns CHAT
		"32 33" + payload
	if diff := cmp.Diff(strings.ReplaceAll(want, " ", ""), hex.EncodeToString(Marshal(m))); diff != "" {
		t.Error(diff)
	}
}

// TestContents checks each kind's fields, by hand-written bytes.
func TestContents(t *testing.T) {
	for name, c := range map[string]struct{ json, want string }{
		"image": {
			`{"type":"img","url":"u","filename":"f","secret":"s","file_length":300,"size":{"width":1,"height":2}}`,
			"0801 320166 3a0175 420173 48ac02 6a12 09000000000000f03f 110000000000000040",
		},
		"video": {
			`{"type":"video","url":"u","length":7,"thumb":"t","thumb_secret":"x","file_length":"9"}`,
			"0802 3a0175 4809 6007 720174 7a0178",
		},
		"location": {
			`{"type":"loc","lat":1,"lng":"-2","addr":"a"}`,
			"0803 19000000000000f03f 2100000000000000c0 2a0161",
		},
		"audio":   {`{"type":"audio","url":"u","length":7}`, "0804 3a0175 6007"},
		"file":    {`{"type":"file","url":"u","filename":"f"}`, "0805 320166 3a0175"},
		"command": {`{"type":"cmd","action":"go"}`, "0806 5202676f"},
		"custom": {
			`{"type":"custom","customEvent":"e","v2:customExts":{"a":"b"},"customExts":[{"z":"z"}]}`,
			"0807 9a010165 a20108 0a0161 1007 320162",
		},
		"older custom": {
			`{"type":"custom","customEvent":"e","customExts":[{"a":"b"}]}`,
			"0807 9a010165 a20108 0a0161 1007 320162",
		},
		"combined as the client sends it": {
			`{"type":"txt","subType":"sub_combine","msg":"m","title":"t","summary":"s","combineLevel":2}`,
			"0800 12016d b00100 ba010174 c2010173 c80102",
		},
		"combined":                  {`{"type":"combine","title":"t"}`, "0808 b00100 ba010174 c80100"},
		"a type that has no number": {`{"type":"smell","msg":"m"}`, "0863 12016d"},
	} {
		t.Run(name, func(t *testing.T) {
			var b Body
			if err := b.Parse([]byte(`{"bodies":[` + c.json + `]}`)); err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(c.want, " ", "")
			if diff := cmp.Diff(want, hex.EncodeToString(b.Contents[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValueTypes(t *testing.T) {
	for value, want := range map[string]KeyValue{
		`true`:                 {Type: Bool, Varint: new(int64(1))},
		`false`:                {Type: Bool, Varint: new(int64(0))},
		`-7`:                   {Type: Int, Varint: new(int64(-7))},
		`2147483648`:           {Type: LongInt, Varint: new(int64(2147483648))},
		`9007199254740993`:     {Type: LongInt, Varint: new(int64(9007199254740993))},
		`18446744073709551615`: {Type: Uint, Varint: new(int64(-1))},
		`1.5`:                  {Type: Double, Double: new(1.5)},
		`1e400`:                {Type: JSONString, Text: new("1e400")},
		`"a\u0000b"`:           {Type: String, Text: new("a\x00b")},
		`[1, {"a":null}]`:      {Type: JSONString, Text: new(`[1, {"a":null}]`)},
		`{"a":1}`:              {Type: JSONString, Text: new(`{"a":1}`)},
		`null`:                 {Type: JSONString, Text: new("null")},
	} {
		var b Body
		if err := b.Parse([]byte(`{"bodies":[],"ext":{"k":` + value + `}}`)); err != nil {
			t.Fatal(value, err)
		}
		want.Key = "k"
		if diff := cmp.Diff([]KeyValue{want}, b.Ext); diff != "" {
			t.Errorf("%s: %s", value, diff)
		}
	}
	if got := hex.EncodeToString(Marshal(KeyValue{Key: "f", Type: Float, Float: new(float32(1.5))})); got != "0a0166"+"1005"+"250000c03f" {
		t.Error(got)
	}
	if got := hex.EncodeToString(Marshal(KeyValue{Key: "d", Type: Double, Double: new(1.0)})); got != "0a0164"+"1006"+"29000000000000f03f" {
		t.Error(got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"bodies":5}`, `{"bodies":[{"type":"txt","msg":5}]}`, `{"bodies":[],"ext":{"k":}}`} {
		if err := new(Body).Parse([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	var b Body
	if err := b.Parse([]byte(`{"bodies":[],"ext":null}`)); err != nil || len(b.Ext) != 0 {
		t.Error(b.Ext, err)
	}
}
