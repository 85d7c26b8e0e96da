package easemob

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/exactjson"
	"github.com/roamctl/roamctl/internal/roaming"
)

// contentKind returns a content's kind (docs/contract.md, section 12).
func contentKind(c *msyncpb.Content) roaming.Kind {
	if c.SubType != nil && c.GetSubType() == msyncpb.SubType_COMBINE {
		return roaming.Combine
	}
	if c.Type == nil {
		return roaming.Unknown
	}
	kinds := [...]roaming.Kind{
		msyncpb.Content_TEXT: roaming.Text, msyncpb.Content_IMAGE: roaming.Image, msyncpb.Content_VIDEO: roaming.Video,
		msyncpb.Content_LOCATION: roaming.Location, msyncpb.Content_VOICE: roaming.Audio, msyncpb.Content_FILE: roaming.File,
		msyncpb.Content_COMMAND: roaming.Command, msyncpb.Content_CUSTOM: roaming.Custom, msyncpb.Content_COMBINE: roaming.Combine,
	}
	if t := c.GetType(); t >= 0 && int(t) < len(kinds) {
		return kinds[t]
	}
	return roaming.Unknown
}

// contentBody returns the fields of a content of any kind, by the names of
// docs/contract.md, section 6, or similar ones. ok is false when a value has no
// exact form in JSON.
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
	put(body, "imageType", c.ImageType)
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

// putTypes sets the type and subtype where the kind does not imply them.
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

// putCustomExts sets both forms of REST: a map, and a list of pairs, which keeps
// their order.
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
	if n, ok := any(*v).(int32); ok {
		body[name] = int64(n)
		return
	}
	body[name] = *v
}

// putNumber sets a number that is present. ok is false when JSON cannot express it.
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

// keyValues returns an extension as a map. ok is false when the map does not hold
// all of it: a key is there twice, a type is unknown, or a value is not of its type.
func keyValues(list []*msyncpb.KeyValue) (m map[string]any, ok bool) {
	m, ok = make(map[string]any, len(list)), true
	for _, kv := range list {
		value, good := keyValue(kv)
		if _, twice := m[kv.GetKey()]; twice || !good {
			ok = false
		}
		m[kv.GetKey()] = value
	}
	return m, ok
}

// keyValue returns the Go value: bool, int64, uint64, float64, string, or
// exactjson.Decode's.
func keyValue(kv *msyncpb.KeyValue) (value any, ok bool) {
	switch v := kv.GetValue().(type) {
	case *msyncpb.KeyValue_VarintValue:
		return varint(kv.GetType(), v.VarintValue)
	case *msyncpb.KeyValue_FloatValue:
		value, ok = number32(v.FloatValue)
		return value, ok && kv.GetType() == msyncpb.KeyValue_FLOAT
	case *msyncpb.KeyValue_DoubleValue:
		value, ok = number(v.DoubleValue)
		return value, ok && kv.GetType() == msyncpb.KeyValue_DOUBLE
	case *msyncpb.KeyValue_StringValue:
		return textValue(kv.GetType(), v.StringValue)
	}
	return nil, false
}

func varint(t msyncpb.KeyValue_ValueType, v int64) (any, bool) {
	switch t {
	case msyncpb.KeyValue_BOOL:
		return v != 0, v == 0 || v == 1
	case msyncpb.KeyValue_UINT:
		return uint64(v), true //nolint:gosec // the wire carries the unsigned value's bits
	case msyncpb.KeyValue_INT, msyncpb.KeyValue_LLINT:
		return v, true
	default:
		return v, false
	}
}

// textValue returns a string, or the value of the JSON in it.
func textValue(t msyncpb.KeyValue_ValueType, s string) (value any, ok bool) {
	if t == msyncpb.KeyValue_JSON_STRING {
		return exactjson.Decode([]byte(s))
	}
	return s, t == msyncpb.KeyValue_STRING
}

// number returns a float. One that JSON cannot express becomes text, and is not ok.
func number(f float64) (value any, ok bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', -1, 64), false
	}
	return f, true
}

// number32 returns a single-precision float as its shortest decimal: 0.1, not
// 0.10000000149011612.
func number32(f float32) (value any, ok bool) {
	if value, ok = number(float64(f)); ok {
		value = json.Number(strconv.FormatFloat(float64(f), 'g', -1, 32))
	}
	return value, ok
}
