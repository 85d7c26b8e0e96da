// Package msyncpb is the code generated from msync.proto, the protobuf of history
// (docs/contract.md, section 12). Change msync.proto and run generate.sh; do not
// edit the generated files.
package msyncpb

//go:generate ./generate.sh

import (
	"slices"
	"unicode/utf8"
)

// Known reports whether msync.proto describes all of a Meta: it has no unknown
// field or enum value, and its strings are UTF-8.
func (x *Meta) Known() bool {
	return len(x.unknownFields) == 0 && x.From.known() && x.To.known() &&
		named(Meta_NameSpace_name, x.Ns) && named(Meta_RouteType_name, x.Routetype) &&
		allKnown(x.Ext) && !slices.ContainsFunc(x.DirectedUsers, func(s string) bool { return !utf8.ValidString(s) })
}

// Known reports the same of a MessageBody, its contents included.
func (x *MessageBody) Known() bool {
	return len(x.unknownFields) == 0 && !slices.ContainsFunc(x.Contents, func(c *Content) bool { return !c.known() }) && x.From.known() && x.To.known() && allKnown(x.Ext) &&
		(x.MsgConfig == nil || len(x.MsgConfig.unknownFields) == 0) &&
		named(MessageBody_Type_name, x.Type) && named(MessageBody_EditScope_name, x.EditScope) &&
		isText(x.AckContent) && (x.Stream == nil || len(x.Stream.unknownFields) == 0 && isText(x.Stream.StreamType))
}

func (x *Content) known() bool {
	return len(x.unknownFields) == 0 && named(Content_Type_name, x.Type) && named(SubType_name, x.SubType) &&
		allKnown(x.Params) && allKnown(x.CustomExts) && x.Size.known() && x.ThumbnailSize.known() &&
		isText(x.Text, x.Address, x.DisplayName, x.RemotePath, x.SecretKey, x.Action, x.ThumbnailRemotePath, x.ThumbnailSecretKey,
			x.ThumbnailDisplayName, x.CustomEvent, x.BuildingName, x.Title, x.Summary)
}

func (x *Content_Size) known() bool { return x == nil || len(x.unknownFields) == 0 }

func (x *JID) known() bool {
	return x == nil || len(x.unknownFields) == 0 && isText(x.AppKey, x.Name, x.Domain, x.ClientResource)
}

func (x *KeyValue) known() bool {
	text, isString := x.Value.(*KeyValue_StringValue)
	return len(x.unknownFields) == 0 && named(KeyValue_ValueType_name, x.Type) && isText(x.Key) &&
		(!isString || utf8.ValidString(text.StringValue))
}

func allKnown(list []*KeyValue) bool {
	return !slices.ContainsFunc(list, func(kv *KeyValue) bool { return !kv.known() })
}

// named reports whether an enum value is absent or has a name.
func named[E ~int32](names map[int32]string, v *E) bool {
	if v == nil {
		return true
	}
	_, ok := names[int32(*v)]
	return ok
}

func isText(list ...*string) bool {
	return !slices.ContainsFunc(list, func(s *string) bool { return s != nil && !utf8.ValidString(*s) })
}
