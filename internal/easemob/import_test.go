package easemob

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

const imported = `{"data":{"msg_id":"18446744073709551615"}}`

func chatMessage(kind roaming.Kind, body map[string]any) roaming.Message {
	return roaming.Message{
		ID: 7, Timestamp: roaming.Millis(1763600000123), ChatType: roaming.Chat, Conversation: "bob",
		From: "bob", To: "alice", Kind: kind, Body: body, Ext: map[string]any{"n": json.Number("9007199254740993")},
	}
}

// TestImportRequests compares the requests with docs/contract.md, section 8.
func TestImportRequests(t *testing.T) {
	const rest = `"from":"bob","target":"alice","ext":{"n":9007199254740993},"msg_timestamp":1763600000123,"need_download":false}`
	inGroup := chatMessage(roaming.Text, map[string]any{"msg": "你好"})
	inGroup.ChatType, inGroup.Conversation, inGroup.To, inGroup.Ext = roaming.Group, "g1", "g1", nil
	pairs := []any{map[string]any{"z": "1"}, map[string]any{"a": 2}}
	for name, tt := range map[string]struct {
		message    roaming.Message
		path, body string
	}{
		"text": {chatMessage(roaming.Text, map[string]any{"msg": "你好"}), "users", `{"type":"txt","body":{"msg":"你好"},` + rest},
		"group": {inGroup, "chatgroups", `{"type":"txt","body":{"msg":"你好"},"from":"bob","target":"g1","ext":{},
			"msg_timestamp":1763600000123,"need_download":false}`},
		"custom": {
			chatMessage(roaming.Custom, map[string]any{"customEvent": "e", "customExts": pairs, "v2:customExts": map[string]any{"a": 2, "z": "1"}}),
			"users", `{"type":"custom","body":{"customEvent":"e","v2:customExts":{"z":"1","a":2},"customExts":[{"z":"1"},{"a":2}]},` + rest,
		},
		"combined": {
			chatMessage(roaming.Combine, map[string]any{"subType": "sub_combine", "title": "t"}),
			"users", `{"type":"txt","body":{"subType":"sub_combine","title":"t"},` + rest,
		},
		"image": {
			chatMessage(roaming.Image, map[string]any{"url": "u", "size": map[string]any{"width": 1}}),
			"users", `{"type":"img","body":{"url":"u","size":{"width":1}},` + rest,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{answer: replies(imported)}
			c, _ := newTest(t, s)
			id, err := c.ImportMessage(t.Context(), tt.message)
			if err != nil || id != math.MaxUint64 {
				t.Fatal(id, err)
			}
			got := s.asked(false)[0]
			if got.Method != http.MethodPost || got.Path != "/org/app/messages/"+tt.path+"/import" || who(got.Auth) != "app" {
				t.Errorf("%s %s as %s", got.Method, got.Path, who(got.Auth))
			}
			if diff := cmp.Diff(sameJSON(t, tt.body), sameJSON(t, got.Body)); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(got.Body, "9007199254740993") && tt.message.Ext != nil {
				t.Errorf("a number was rounded: %s", got.Body)
			}
			if name == "custom" && !strings.Contains(got.Body, `"v2:customExts":{"z":"1","a":2}`) {
				t.Errorf("the order is lost: %s", got.Body)
			}
		})
	}
}

// An import is not idempotent, so it is retried only after a 401, with a fresh token.
func TestImportIsNotRetried(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func() (*http.Response, error)
		kind   fault.Kind
	}{
		"503":       {func() (*http.Response, error) { return response(503, nil, `{}`), nil }, fault.Network},
		"429":       {func() (*http.Response, error) { return response(429, nil, `{}`), nil }, fault.RateLimited},
		"400":       {func() (*http.Response, error) { return response(400, nil, `{}`), nil }, fault.Refused},
		"broken":    {func() (*http.Response, error) { return nil, errors.New("reset") }, fault.Network},
		"not JSON":  {func() (*http.Response, error) { return response(200, nil, `<`), nil }, fault.Network},
		"no new ID": {func() (*http.Response, error) { return response(200, nil, `{"data":{}}`), nil }, fault.Network},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			c, clock := newOffline(t, func(int) (*http.Response, error) { calls++; return tt.answer() })
			_, err := c.ImportMessage(t.Context(), chatMessage(roaming.Text, nil))
			if fault.KindOf(err) != tt.kind || calls != 1 || len(clock.sleeps) > 0 {
				t.Errorf("%v after %d calls", err, calls)
			}
		})
	}
}

func TestImportIsRateLimited(t *testing.T) {
	c, clock := newOffline(t, func(int) (*http.Response, error) { return response(200, nil, imported), nil },
		limited(contractLimits()))
	start := clock.Now()
	for range 101 {
		if _, err := c.ImportMessage(t.Context(), chatMessage(roaming.Text, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if got := clock.Now().Sub(start); got != time.Second {
		t.Errorf("101 imports took %s", got)
	}
}

// raw returns a message with its raw bytes.
func raw(t *testing.T, change func(*msyncpb.Meta, *msyncpb.MessageBody)) roaming.Message {
	t.Helper()
	body := &msyncpb.MessageBody{
		Type: msyncpb.MessageBody_CHAT.Enum(), From: &msyncpb.JID{Name: new("bob")}, To: &msyncpb.JID{Name: new("alice")},
		Contents: []*msyncpb.Content{{Type: msyncpb.Content_TEXT.Enum(), Text: new("hi")}},
	}
	meta := &msyncpb.Meta{Id: proto.Uint64(7), Timestamp: proto.Uint64(1763600000123), Ns: msyncpb.Meta_CHAT.Enum()}
	change(meta, body)
	var err error
	if meta.Payload, err = proto.Marshal(body); err != nil {
		t.Fatal(err)
	}
	m := chatMessage(roaming.Text, map[string]any{"msg": "hi"})
	if m.Raw, err = proto.Marshal(meta); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCheckImport(t *testing.T) {
	ext := func(list ...*msyncpb.KeyValue) func(*msyncpb.Meta, *msyncpb.MessageBody) {
		return func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.Ext = list }
	}
	value := func(f float64) *msyncpb.KeyValue {
		return &msyncpb.KeyValue{Key: new("k"), Type: msyncpb.KeyValue_DOUBLE.Enum(), Value: &msyncpb.KeyValue_DoubleValue{DoubleValue: f}}
	}
	for name, tt := range map[string]struct {
		change   func(*msyncpb.Meta, *msyncpb.MessageBody)
		refused  string // part of the reason
		doubtful []string
	}{
		"plain":    {change: ext(value(1.5))},
		"infinite": {change: ext(value(math.Inf(1))), refused: `"k" is +Inf`},
		"twice":    {change: ext(value(1), value(2)), refused: "no field"},
		"unknown kind": {change: func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			b.Contents[0].Type = nil
		}, refused: "kind"},
		"an acknowledgement": {change: func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			b.Type, b.Contents = msyncpb.MessageBody_READ_ACK.Enum(), nil
		}, refused: "event"},
		"two contents": {change: func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			b.Contents = append(b.Contents, b.Contents[0])
		}, refused: "no field"},
		"another chat type": {change: func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			b.Type = msyncpb.MessageBody_GROUPCHAT.Enum()
		}, refused: "says that it is of a group"},
		"lossy JSON": {change: ext(&msyncpb.KeyValue{
			Key: new("k"), Type: msyncpb.KeyValue_JSON_STRING.Enum(), Value: &msyncpb.KeyValue_StringValue{StringValue: `{"a":1,"a":2}`},
		}), refused: "no field"},
		"a time before 1000": {change: func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Timestamp = proto.Uint64(999) }, refused: "its time"},
		"a time past 9999":   {change: func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Timestamp = proto.Uint64(math.MaxUint64) }, refused: "no time"},
		"directed": {change: func(m *msyncpb.Meta, _ *msyncpb.MessageBody) {
			m.DirectedUsers = []string{"carol"}
		}, refused: "directed"},
		"no sender": {change: func(_ *msyncpb.Meta, b *msyncpb.MessageBody) { b.From = nil }, refused: "no sender"},
		"no time":   {change: func(m *msyncpb.Meta, _ *msyncpb.MessageBody) { m.Timestamp = proto.Uint64(0) }, refused: "no time"},
		"fields that section 6 lacks": {change: func(_ *msyncpb.Meta, b *msyncpb.MessageBody) {
			b.Contents[0] = &msyncpb.Content{
				Type: msyncpb.Content_LOCATION.Enum(), Latitude: proto.Float64(1), BuildingName: new("塔"),
			}
			b.MsgConfig = &msyncpb.MessageConfig{AllowGroupAck: new(true)}
		}, doubtful: []string{"msgConfig", "body.buildingName"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newOffline(t, func(int) (*http.Response, error) {
				if tt.refused != "" {
					t.Error("a message that can't be imported was sent")
				}
				return response(200, nil, imported), nil
			})
			m := raw(t, tt.change)
			doubtful, err := c.CheckImport(m)
			if diff := cmp.Diff(tt.doubtful, doubtful); diff != "" {
				t.Error(diff)
			}
			if (err != nil) != (tt.refused != "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("refused: %v", err)
			}
			if _, err := c.ImportMessage(t.Context(), m); (err != nil) != (tt.refused != "") || err != nil && fault.KindOf(err) != fault.Refused {
				t.Errorf("importing: %v", err)
			}
		})
	}
}
