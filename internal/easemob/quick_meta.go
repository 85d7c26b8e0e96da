package easemob

import (
	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Nearly every message of a history is of one make: of namespace CHAT, no
// event, one content of a known kind, extensions that are what they say. The
// quick way reads those straight from the wire, in a fifth of the time that
// the generated structs and a walk over them by reflection take. It answers
// for a message only when generalMeta would say exactly the same; a test
// holds the two together. Numbers are msync.proto's.

// quickMeta reads a Meta in the quick way. ok is false where that is not for
// the quick way to say; whole is generalMeta's.
func quickMeta(raw []byte, ref roaming.Ref) (m roaming.Message, whole, ok bool) {
	var (
		from, to, payload []byte
		timestamp         uint64
		namespace         msyncpb.Meta_NameSpace
	)
	m = roaming.Message{ChatType: ref.Type, Conversation: ref.Conversation}
	w := wire{rest: raw}
	for w.next() {
		switch w.num {
		case 1:
			m.ID = roaming.MessageID(w.varint())
		case 2:
			w.jid(&from)
		case 3:
			w.jid(&to)
		case 4:
			timestamp = w.varint()
		case 5:
			namespace = msyncpb.Meta_NameSpace(w.enum(int32(msyncpb.Meta_QUERY)))
		case 6:
			payload = w.bytes()
		case 7:
			w.enum(int32(msyncpb.Meta_ROUTE_DIRECT))
		case 8: // an extension, which has no place in a Message
			w.odd = true
		case 9:
			w.bytes()
		case 10:
			w.text()
		default:
			w.unknown = true
		}
	}
	at, isTime := instant(timestamp)
	if w.odd || m.ID == 0 || !isTime || namespace != msyncpb.Meta_CHAT {
		return m, false, false
	}
	m.Timestamp = at
	body := wire{rest: payload}
	quickBody(&m, &body, &from, &to)
	m.From, m.To = nameIn(ref, from), nameIn(ref, to)
	w.leave(body)
	return m, !w.unknown, !w.odd
}

// quickBody puts what a MessageBody says into m, and its sender and recipient
// in the place of Meta's.
func quickBody(m *roaming.Message, w *wire, from, to *[]byte) {
	var (
		bodyFrom, bodyTo []byte
		chatType         msyncpb.MessageBody_Type
		contents         int
	)
	m.Ext = map[string]any{}
	for w.next() {
		switch w.num {
		case 1: // events are odd
			chatType = msyncpb.MessageBody_Type(w.enum(int32(msyncpb.MessageBody_CHATROOM)))
		case 2:
			w.jid(&bodyFrom)
		case 3:
			w.jid(&bodyTo)
		case 4:
			contents++
			w.content(m)
		case 5:
			key, value := w.keyValue()
			w.putNew(m.Ext, key, value)
		case 6, 8, 11, 12: // what events are about
			w.odd = true
		case 7:
			w.messageConfig()
		case 9:
			w.text()
		default:
			w.unknown = true
		}
	}
	if contents != 1 {
		w.odd = true
	}
	if len(bodyFrom) > 0 {
		*from = bodyFrom
	}
	if len(bodyTo) > 0 {
		*to = bodyTo
	}
	if t, named := chatTypeOf(chatType); named && t != m.ChatType {
		w.odd = true
	}
}

// jid reads the name in a JID. One that has none leaves name alone: a field
// that comes twice is merged.
func (w *wire) jid(name *[]byte) {
	in := w.inside()
	for in.next() {
		switch in.num {
		case 2:
			*name = in.text()
		case 1, 3, 4:
			in.text()
		default:
			in.unknown = true
		}
	}
	w.leave(in)
}

// messageConfig checks a MessageConfig, of which nothing is shown.
func (w *wire) messageConfig() {
	in := w.inside()
	for in.next() {
		switch in.num {
		case 1:
			in.varint()
		default:
			in.unknown = true
		}
	}
	w.leave(in)
}

// nameIn is a name as a string. Most are the two that the conversation has
// anyway, and need no memory of their own.
func nameIn(ref roaming.Ref, name []byte) string {
	switch string(name) {
	case ref.Owner:
		return ref.Owner
	case ref.Conversation:
		return ref.Conversation
	}
	return string(name)
}
