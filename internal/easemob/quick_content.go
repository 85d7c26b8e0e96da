package easemob

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// content reads the one content of a message into m: its kind, its body and
// its text, as contentKind and contentBody do.
func (w *wire) content(m *roaming.Message) {
	var (
		kind    msyncpb.Content_Type
		subType msyncpb.SubType
		head    msyncpb.Content // the two of them, where they are set
		params  map[string]any
		custom  customExts
	)
	m.Body = map[string]any{}
	in := w.inside()
	for in.next() {
		switch in.num {
		case 1: // a type from the future is odd
			kind = msyncpb.Content_Type(in.enum(int32(msyncpb.Content_COMBINE)))
			head.Type = &kind
		case 22:
			subType = in.subType()
			head.SubType = &subType
		case 11:
			if params == nil {
				params = map[string]any{}
			}
			key, value := in.keyValue()
			in.putNew(params, key, value)
		case 20:
			key, value := in.keyValue()
			custom.add(&in, key, value)
		default:
			in.bodyField(m.Body)
		}
	}
	if m.Kind = contentKind(&head); m.Kind == roaming.Unknown {
		in.odd = true
	}
	putTypes(m.Body, &head, m.Kind)
	if params != nil {
		m.Body["params"] = params
	}
	if m.Kind == roaming.Custom || len(custom.pairs) > 0 {
		custom.put(m.Body)
	}
	if m.Kind == roaming.Text {
		m.Text, _ = m.Body["msg"].(string)
	}
	w.leave(in)
}

// bodyField puts a field of a content into its body.
func (w *wire) bodyField(body map[string]any) {
	if name := textField(w.num); name != "" {
		body[name] = string(w.text())
		return
	}
	switch w.num {
	case 9:
		body["file_length"] = w.int32()
	case 12:
		body["length"] = w.int32()
	case 17:
		body["thumb_file_length"] = w.int32()
	case 25:
		body["combineLevel"] = w.int32()
	case 3:
		w.number(body, "lat")
	case 4:
		w.number(body, "lng")
	case 13:
		w.size(body, "size")
	case 18:
		w.size(body, "thumb_size")
	default:
		w.unknown = true
	}
}

// textField is the REST name of a content's field that is a string; "" for
// any other.
func textField(num protowire.Number) string {
	switch num {
	case 2:
		return "msg"
	case 5:
		return "addr"
	case 6:
		return "filename"
	case 7:
		return "url"
	case 8:
		return "secret"
	case 10:
		return "action"
	case 14:
		return "thumb"
	case 15:
		return "thumb_secret"
	case 16:
		return "thumb_filename"
	case 19:
		return "customEvent"
	case 21:
		return "buildingName"
	case 23:
		return "title"
	case 24:
		return "summary"
	default:
		return ""
	}
}

// int32 is an int32 in the type that bodies have for it.
func (w *wire) int32() int64 {
	return int64(int32(w.varint())) //nolint:gosec // protobuf cuts it off in the same way
}

// number sets a number; one that JSON can't carry is odd.
func (w *wire) number(body map[string]any, name string) {
	v, ok := number(w.double())
	w.odd = w.odd || !ok
	body[name] = v
}

// size reads a Size. One that comes twice is merged.
func (w *wire) size(body map[string]any, name string) {
	size, ok := body[name].(map[string]any)
	if !ok {
		size = map[string]any{}
		body[name] = size
	}
	in := w.inside()
	for in.next() {
		switch in.num {
		case 1:
			in.number(size, "width")
		case 2:
			in.number(size, "height")
		default:
			in.unknown = true
		}
	}
	w.leave(in)
}

// subType is a subtype that has a name; any other is odd.
func (w *wire) subType() msyncpb.SubType {
	v := w.enum(int32(msyncpb.SubType_SUB_STREAM))
	if _, known := msyncpb.SubType_name[v]; !known {
		w.odd = true
	}
	return msyncpb.SubType(v)
}
