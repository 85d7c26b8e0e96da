package easemob

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// decodeMeta reads one item of a history: the base64 of a protobuf Meta. What
// it does not understand it leaves to Message.Raw; an error means that the
// item cannot be read at all.
func decodeMeta(encoded []byte, ref roaming.Ref, keepRaw bool) (roaming.Message, error) {
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(raw, encoded)
	if err != nil {
		return roaming.Message{}, fmt.Errorf("not base64: %w", err)
	}
	return decodeRaw(raw[:n], ref, keepRaw)
}

// decodeRaw reads a Meta.
func decodeRaw(raw []byte, ref roaming.Ref, keepRaw bool) (roaming.Message, error) {
	var meta msyncpb.Meta
	if err := unmarshal(raw, &meta); err != nil {
		return roaming.Message{}, fmt.Errorf("not a protobuf Meta: %w", err)
	}
	m := roaming.Message{
		ID:           roaming.MessageID(meta.GetId()),
		ChatType:     ref.Type,
		Conversation: ref.Conversation,
		From:         meta.GetFrom().GetName(),
		To:           meta.GetTo().GetName(),
		Kind:         roaming.Unknown,
		Body:         map[string]any{},
		Ext:          map[string]any{},
	}
	at, isTime := instant(meta.GetTimestamp())
	if m.Timestamp = at; !isTime && meta.Timestamp != nil {
		m.RawTimestamp = strconv.FormatUint(meta.GetTimestamp(), 10)
	}
	// Meta's own extension has no place in a Message.
	whole := isTime && m.ID != 0 && len(meta.GetExt()) == 0 && meta.Known()
	if meta.GetNs() == msyncpb.Meta_CHAT {
		var body msyncpb.MessageBody
		if err := unmarshal(meta.GetPayload(), &body); err != nil {
			return roaming.Message{}, fmt.Errorf("message %s: not a protobuf MessageBody: %w", m.ID, err)
		}
		whole = addBody(&m, &body) && whole
	} else {
		whole = false // no message: a notice or the like
	}
	if keepRaw || !whole {
		m.Raw = raw
	}
	return m, nil
}

// message is a generated message that is read without reflection.
type message interface {
	proto.Message
	UnmarshalVT(b []byte) error
}

// unmarshal reads a message. A known field of another wire type, which the
// generated code refuses, is an unknown field to package proto.
func unmarshal(b []byte, m message) error {
	if m.UnmarshalVT(b) == nil {
		return nil
	}
	return proto.Unmarshal(b, m)
}

// instant reads the service's milliseconds. 0, and what is past the year 9999
// and has no form in RFC 3339, is no time. No other unit is guessed at.
func instant(ms uint64) (roaming.Time, bool) {
	const year10000 = 253_402_300_800_000
	if ms == 0 || ms >= year10000 {
		return roaming.Time{}, false
	}
	return roaming.Millis(int64(ms)), true
}

// addBody puts what a MessageBody says into m, and tells whether that is all.
func addBody(m *roaming.Message, body *msyncpb.MessageBody) (whole bool) {
	whole = body.Known()
	// The body's own sender and recipient count (contract, section 7).
	m.From = cmp.Or(body.GetFrom().GetName(), m.From)
	m.To = cmp.Or(body.GetTo().GetName(), m.To)
	// The sender wrote the body. Which conversation it is in, the query says.
	if t, named := chatTypeOf(body.GetType()); named && t != m.ChatType {
		whole = false
	}
	var ok bool
	m.Ext, ok = keyValues(body.GetExt())
	whole = whole && ok
	if contents := body.GetContents(); len(contents) > 0 {
		m.Kind = contentKind(contents[0])
		m.Body, ok = contentBody(contents[0], m.Kind)
		whole = whole && ok && len(contents) == 1
		if m.Kind == roaming.Text {
			m.Text = contents[0].GetText()
		}
	}
	addEvent(m, body)
	return whole && m.Kind != roaming.Unknown && !isEvent(body)
}

// chatTypeOf is the chat type that a body's type names; an acknowledgement,
// recall or edit names none.
func chatTypeOf(t msyncpb.MessageBody_Type) (roaming.ChatType, bool) {
	switch t {
	case msyncpb.MessageBody_CHAT:
		return roaming.Chat, true
	case msyncpb.MessageBody_GROUPCHAT:
		return roaming.Group, true
	case msyncpb.MessageBody_CHATROOM:
		return roaming.Room, true
	default:
		return "", false
	}
}

// isEvent tells of a body that is about another message.
func isEvent(body *msyncpb.MessageBody) bool {
	return body.GetType() > msyncpb.MessageBody_CHATROOM
}

// addEvent shows what an acknowledgement, recall or edit is about. REST has
// no form for these: the names are msync.proto's, IDs are strings as everywhere.
func addEvent(m *roaming.Message, body *msyncpb.MessageBody) {
	event := map[string]any{}
	if isEvent(body) {
		event["type"] = body.GetType().String()
	}
	if body.AckMessageId != nil {
		event["ackMessageId"] = strconv.FormatUint(body.GetAckMessageId(), 10)
	}
	if body.AckContent != nil {
		event["ackContent"] = body.GetAckContent()
	}
	if body.EditMessageId != nil {
		event["editMessageId"] = strconv.FormatUint(body.GetEditMessageId(), 10)
	}
	if body.EditScope != nil {
		event["editScope"] = body.GetEditScope().String()
	}
	maps.Copy(m.Body, event)
}
