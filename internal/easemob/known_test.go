package easemob

import (
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// understood reports whether msync.proto names everything in a message, at any
// depth: no unknown field, no unknown enum value, and only text in strings.
func understood(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 {
		return false
	}
	ok := true
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if !fd.IsList() {
			ok = understoodValue(fd, v)
			return ok
		}
		list := v.List()
		for i := range list.Len() {
			if ok = understoodValue(fd, list.Get(i)); !ok {
				break
			}
		}
		return ok
	})
	return ok
}

func understoodValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return understood(v.Message())
	case protoreflect.EnumKind:
		return fd.Enum().Values().ByNumber(v.Enum()) != nil
	case protoreflect.StringKind:
		return utf8.ValidString(v.String())
	default:
		return true
	}
}
