package easemob

import (
	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// contentKind names a content's type as REST does (contract, msync).
func contentKind(c *msyncpb.Content) roaming.Kind {
	if c.SubType != nil && c.GetSubType() == msyncpb.SubType_COMBINE {
		return roaming.Combine
	}
	if c.Type == nil {
		return roaming.Unknown
	}
	switch c.GetType() {
	case msyncpb.Content_TEXT:
		return roaming.Text
	case msyncpb.Content_IMAGE:
		return roaming.Image
	case msyncpb.Content_VIDEO:
		return roaming.Video
	case msyncpb.Content_LOCATION:
		return roaming.Location
	case msyncpb.Content_VOICE:
		return roaming.Audio
	case msyncpb.Content_FILE:
		return roaming.File
	case msyncpb.Content_COMMAND:
		return roaming.Command
	case msyncpb.Content_CUSTOM:
		return roaming.Custom
	case msyncpb.Content_COMBINE:
		return roaming.Combine
	default:
		return roaming.Unknown
	}
}

// contentBody has the fields that a content carries by their REST names
// (contract, section 6), whatever its kind. Fields that section 6 lacks get
// names in its manner. ok is false when a value has no exact place.
func contentBody(c *msyncpb.Content, kind roaming.Kind) (body map[string]any, ok bool) {
	body = map[string]any{}
	put(body, "msg", c.Text)
	put(body, "addr", c.Address)
	put(body, "buildingName", c.BuildingName)
	put(body, "filename", c.DisplayName)
	put(body, "url", c.RemotePath)
	put(body, "secret", c.SecretKey)
	put(body, "file_length", c.FileLength)
	put(body, "length", c.Duration)
	put(body, "thumb", c.ThumbnailRemotePath)
	put(body, "thumb_secret", c.ThumbnailSecretKey)
	put(body, "thumb_filename", c.ThumbnailDisplayName)
	put(body, "thumb_file_length", c.ThumbnailFileLength)
	put(body, "action", c.Action)
	put(body, "customEvent", c.CustomEvent)
	put(body, "title", c.Title)
	put(body, "summary", c.Summary)
	put(body, "combineLevel", c.CombineLevel)
	ok = putNumber(body, "lat", c.Latitude)
	ok = putNumber(body, "lng", c.Longitude) && ok
	ok = putSize(body, "size", c.Size) && ok
	ok = putSize(body, "thumb_size", c.ThumbnailSize) && ok
	putTypes(body, c, kind)
	if len(c.Params) > 0 {
		params, exact := keyValues(c.Params)
		body["params"], ok = params, exact && ok
	}
	if kind == roaming.Custom || len(c.CustomExts) > 0 {
		ok = putCustomExts(body, c.CustomExts) && ok
	}
	return body, ok
}

// putTypes sets what a content's type and subtype say beside its kind.
func putTypes(body map[string]any, c *msyncpb.Content, kind roaming.Kind) {
	if kind == roaming.Combine {
		body["subType"] = "sub_combine"
	} else if c.SubType != nil {
		body["subType"] = c.GetSubType().String()
	}
	if kind == roaming.Unknown && c.Type != nil {
		body["type"] = int64(c.GetType())
	}
}

// putCustomExts writes both of the forms that REST has: one map, and a list
// of pairs that keeps their order.
func putCustomExts(body map[string]any, list []*msyncpb.KeyValue) bool {
	exts, ok := keyValues(list)
	pairs := make([]any, 0, len(list))
	for _, kv := range list {
		value, _ := keyValue(kv)
		pairs = append(pairs, map[string]any{kv.GetKey(): value})
	}
	body["v2:customExts"], body["customExts"] = exts, pairs
	return ok
}

// put sets a field that is present.
func put[T string | int32](body map[string]any, name string, v *T) {
	if v == nil {
		return
	}
	switch v := any(*v).(type) {
	case int32:
		body[name] = int64(v)
	default:
		body[name] = v
	}
}

// putNumber sets a number that is present; ok is false when JSON can't carry it.
func putNumber(body map[string]any, name string, v *float64) (ok bool) {
	if v == nil {
		return true
	}
	body[name], ok = number(*v)
	return ok
}

func putSize(body map[string]any, name string, s *msyncpb.Content_Size) (ok bool) {
	if s == nil {
		return true
	}
	size := map[string]any{}
	ok = putNumber(size, "width", s.Width)
	ok = putNumber(size, "height", s.Height) && ok
	body[name] = size
	return ok
}
