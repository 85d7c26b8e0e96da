package easemob

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// decodeMeta reads an item of a history: the base64 of a protobuf Meta. Message.Raw
// keeps what a Message has no field for.
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
	m, whole, detailed, err := decodeParts(raw, ref)
	if err != nil {
		return roaming.Message{}, err
	}
	if keepRaw || !whole || !detailed {
		m.Raw = raw
	}
	return m, nil
}

// Details returns the details of a message of a history by its raw bytes; none if they
// can't be read.
func Details(raw []byte) roaming.Details {
	m, _, _, err := decodeParts(raw, roaming.Ref{})
	if err != nil {
		return roaming.Details{}
	}
	return m.Details
}

// decodeParts reads a Meta without its raw bytes. whole reports whether m has all that
// was sent, and detailed whether it has all that the service says about it.
func decodeParts(raw []byte, ref roaming.Ref) (m roaming.Message, whole, detailed bool, err error) {
	var meta msyncpb.Meta
	if err := unmarshalProto(raw, &meta); err != nil {
		return m, false, false, fmt.Errorf("not a protobuf Meta: %w", err)
	}
	m = roaming.Message{
		ID:           roaming.MessageID(meta.GetId()),
		ChatType:     ref.Type,
		Conversation: ref.Conversation,
		From:         meta.GetFrom().GetName(),
		To:           meta.GetTo().GetName(),
		Kind:         roaming.Unknown,
	}
	at, isTime := roaming.Instant(meta.GetTimestamp())
	if m.Timestamp = at; !isTime && meta.Timestamp != nil {
		m.RawTimestamp = strconv.FormatUint(meta.GetTimestamp(), 10)
	}
	// Meta's own extension has no place in a Message.
	whole = isTime && m.ID != 0 && len(meta.GetExt()) == 0 && meta.Known()
	if meta.GetNs() == msyncpb.Meta_CHAT {
		var body msyncpb.MessageBody
		if err := unmarshalProto(meta.GetPayload(), &body); err != nil {
			return roaming.Message{}, false, false, fmt.Errorf("message %s: not a protobuf MessageBody: %w", m.ID, err)
		}
		whole = addBody(&m, &body) && whole
		detailed = addDetails(&m, &body)
	} else {
		m.Body, m.Ext = map[string]any{}, map[string]any{}
		whole = false // not a message: a notice or the like
	}
	m.Recipients = meta.GetDirectedUsers()
	return m, whole, detailed, nil
}

// unmarshalProto reads a message by generated code without reflection. That
// refuses a known field of another wire type, which package proto keeps as an
// unknown field.
func unmarshalProto(b []byte, m interface {
	proto.Message
	UnmarshalVTUnsafe(b []byte) error
},
) error {
	if m.UnmarshalVTUnsafe(b) == nil {
		return nil
	}
	return proto.Unmarshal(b, m)
}

// addBody puts a MessageBody into m and reports whether m then has all of it.
func addBody(m *roaming.Message, body *msyncpb.MessageBody) (whole bool) {
	whole = body.Known()
	// The body's sender and recipient count (docs/contract.md, section 7).
	m.From = cmp.Or(body.GetFrom().GetName(), m.From)
	m.To = cmp.Or(body.GetTo().GetName(), m.To)
	// The sender wrote the body. The query says which conversation it is in.
	if t, named := chatTypeOf(body.GetType()); named && t != m.ChatType {
		whole = false
	}
	var ok bool
	m.Ext, ok = keyValues(body.GetExt())
	whole = whole && ok
	if contents := body.GetContents(); len(contents) == 0 {
		m.Body = map[string]any{}
	} else {
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

// chatTypeOf returns the chat type of a body; false for an acknowledgement, recall
// or edit.
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

// isEvent reports whether a body is about another message.
func isEvent(body *msyncpb.MessageBody) bool {
	return body.GetType() > msyncpb.MessageBody_CHATROOM
}

// addEvent adds the fields of an acknowledgement, recall or edit to m's body. REST
// has no names for them: these are msync.proto's.
func addEvent(m *roaming.Message, body *msyncpb.MessageBody) {
	if isEvent(body) {
		m.Body["type"] = body.GetType().String()
	}
	if body.AckMessageId != nil {
		m.Body["ackMessageId"] = strconv.FormatUint(body.GetAckMessageId(), 10)
	}
	if body.AckContent != nil {
		m.Body["ackContent"] = body.GetAckContent()
	}
	if ids := body.GetAckMessageIds(); len(ids) > 0 {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = strconv.FormatUint(id, 10)
		}
		m.Body["ackMessageIds"] = list
	}
	if body.EditMessageId != nil {
		m.Body["editMessageId"] = strconv.FormatUint(body.GetEditMessageId(), 10)
	}
	if body.EditScope != nil {
		m.Body["editScope"] = body.GetEditScope().String()
	}
}
