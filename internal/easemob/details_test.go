package easemob

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// TestDetails holds both routes that have a body's meta, the history and the
// conversation list, against samples of docs/contract.md, section 12.
func TestDetails(t *testing.T) {
	var samples []struct {
		Of      string
		Raw     bool // the message keeps its raw form
		Meta    json.RawMessage
		Details json.RawMessage
	}
	if err := json.Unmarshal([]byte(sample(t, "details.json")), &samples); err != nil {
		t.Fatal(err)
	}
	for _, tt := range samples {
		t.Run(tt.Of, func(t *testing.T) {
			check := func(route string, m roaming.Message) {
				t.Helper()
				got, err := json.Marshal(m.Details)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(sameJSON(t, string(tt.Details)), sameJSON(t, string(got))); diff != "" || (m.Raw != nil) != tt.Raw {
					t.Errorf("%s: raw kept: %t (-want +got):\n%s", route, m.Raw != nil, diff)
				}
			}
			check("history", fromBody(t, &msyncpb.Meta{}, &msyncpb.MessageBody{Meta: tt.Meta}))

			payload, err := json.Marshal(map[string]any{
				"from": "alice", "to": "bob", "type": "chat", "bodies": []any{map[string]string{"type": "txt", "msg": "hi"}}, "meta": tt.Meta,
			})
			if err != nil {
				t.Fatal(err)
			}
			listed, err := json.Marshal(map[string]any{"id": "7", "timestamp": 1763600000000, "payload": string(payload)})
			if err != nil {
				t.Fatal(err)
			}
			m, err := decodeLastMessage(listed, roaming.Conversation{ID: "bob", Type: roaming.Chat}, appKey{"org", "app"})
			if err != nil {
				t.Fatal(err)
			}
			check("list", *m)
		})
	}
}

// fromBody decodes a message after adding what every message has.
func fromBody(t *testing.T, meta *msyncpb.Meta, body *msyncpb.MessageBody) roaming.Message {
	t.Helper()
	meta.Id, meta.Timestamp = proto.Uint64(7), proto.Uint64(1763600000000)
	meta.From, meta.To = &msyncpb.JID{Name: new("alice")}, &msyncpb.JID{Name: new("bob")}
	body.Type = cmpOr(body.Type, msyncpb.MessageBody_CHAT.Enum())
	body.Contents = []*msyncpb.Content{{Type: msyncpb.Content_TEXT.Enum(), Text: new("hi")}}
	m, err := decodeText(encodeMeta(t, meta, body), alice("bob", roaming.Chat), false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func cmpOr[T any](v, other *T) *T {
	if v != nil {
		return v
	}
	return other
}

func TestStreamsReceiptsAndRecipients(t *testing.T) {
	m := fromBody(t, &msyncpb.Meta{}, &msyncpb.MessageBody{Stream: &msyncpb.Stream{
		StreamType: new("markdown"), StreamSeq: proto.Uint64(18446744073709551615), StreamStatus: proto.Int32(2), StreamError: proto.Uint32(512), StreamFinishReason: proto.Int32(1),
	}})
	want := map[string]any{"type": "markdown", "seq": "18446744073709551615", "status": int64(2), "error": int64(512), "finish_reason": int64(1)}
	if diff := cmp.Diff(want, m.Stream); diff != "" || m.Raw != nil {
		t.Errorf("a stream: raw %x (-want +got):\n%s", m.Raw, diff)
	}

	m = fromBody(t, &msyncpb.Meta{DirectedUsers: []string{"carol", "dave"}}, &msyncpb.MessageBody{})
	if diff := cmp.Diff([]string{"carol", "dave"}, m.Recipients); diff != "" || m.Raw != nil {
		t.Errorf("recipients: raw %x (-want +got):\n%s", m.Raw, diff)
	}
	if _, err := new(Client).CheckImport(m); err == nil || !strings.Contains(err.Error(), "directed") {
		t.Errorf("an import would show it to the whole group: %v", err)
	}

	m = fromBody(t, &msyncpb.Meta{}, &msyncpb.MessageBody{Type: msyncpb.MessageBody_READ_ACK.Enum(), AckMessageIds: []uint64{18446744073709551615, 7}})
	if diff := cmp.Diff([]any{"18446744073709551615", "7"}, m.Body["ackMessageIds"]); diff != "" || m.Raw == nil {
		t.Errorf("a receipt: raw %x (-want +got):\n%s", m.Raw, diff)
	}
}

// What the service says about a message does not keep it from being restored.
func TestDetailsAreNoReasonNotToImport(t *testing.T) {
	m := fromBody(t, &msyncpb.Meta{}, &msyncpb.MessageBody{
		Meta: []byte(`{"edit_msg":{"count":1},"translations":[]}`), UserinfoUpdateTime: proto.Int32(5), UpdateChannel: new(true),
	})
	doubtful, err := new(Client).CheckImport(m)
	if diff := cmp.Diff([]string{"meta"}, doubtful); diff != "" || err != nil || m.Raw == nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A field that msync.proto does not have stays in the raw bytes.
func TestFieldsOfTheFutureAreKept(t *testing.T) {
	m := fromBody(t, &msyncpb.Meta{}, &msyncpb.MessageBody{})
	if m.Raw != nil {
		t.Fatal("a plain message keeps its raw form")
	}
	body := []byte{0x08, 1, 0x78, 5} // type CHAT, and 5 in field 15
	meta, err := proto.Marshal(&msyncpb.Meta{Id: proto.Uint64(7), Timestamp: proto.Uint64(1763600000000), Ns: msyncpb.Meta_CHAT.Enum(), Payload: body})
	if err != nil {
		t.Fatal(err)
	}
	if m, err = decodeText(base64.StdEncoding.EncodeToString(meta), alice("bob", roaming.Chat), false); err != nil || !bytes.Equal(m.Raw, meta) {
		t.Errorf("%x, %v", m.Raw, err)
	}
}
