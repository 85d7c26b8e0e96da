package wire

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// Content is one content of a message, encoded.
type Content []byte

// CombineSubType is how REST marks a combined message (docs/contract.md, section 6).
const CombineSubType = "sub_combine"

// contentTypes are the content types by their number (docs/contract.md, section
// 12). otherType is none of them, for bodies of a kind that it does not name.
var contentTypes = []string{"txt", "img", "video", "loc", "audio", "file", "cmd", "custom", "combine"} //nolint:gochecknoglobals // a constant table

const otherType = 99

// content is a message's content, as a body in JSON (docs/contract.md, section 6)
// and as a Content.
type content struct {
	Type         string   `json:"type"`
	TypeNumber   uint64   `json:"-" pb:"1,required"`
	Msg          *string  `json:"msg,omitempty" pb:"2"`
	Lat          *float   `json:"lat,omitempty" pb:"3"`
	Lng          *float   `json:"lng,omitempty" pb:"4"`
	Addr         *string  `json:"addr,omitempty" pb:"5"`
	Filename     *string  `json:"filename,omitempty" pb:"6"`
	URL          *string  `json:"url,omitempty" pb:"7"`
	Secret       *string  `json:"secret,omitempty" pb:"8"`
	FileLength   *integer `json:"file_length,omitempty" pb:"9"`
	Action       *string  `json:"action,omitempty" pb:"10"`
	Length       *integer `json:"length,omitempty" pb:"12"`
	Size         *size    `json:"size,omitempty" pb:"13"`
	Thumb        *string  `json:"thumb,omitempty" pb:"14"`
	ThumbSecret  *string  `json:"thumb_secret,omitempty" pb:"15"`
	CustomEvent  *string  `json:"customEvent,omitempty" pb:"19"`
	Exts         extList  `json:"customExts,omitempty" pb:"20"`
	ExtObject    *extMap  `json:"v2:customExts,omitempty"` // the same as Exts
	SubType      string   `json:"subType,omitempty"`
	Combine      *uint64  `json:"-" pb:"22"` // the subtype COMBINE is 0
	Title        *string  `json:"title,omitempty" pb:"23"`
	Summary      *string  `json:"summary,omitempty" pb:"24"`
	CombineLevel *integer `json:"combineLevel,omitempty" pb:"25"`
}

type size struct {
	Width  float `json:"width" pb:"1,required"`
	Height float `json:"height" pb:"2,required"`
}

// float and integer are numbers that some senders write as text. Anything else is
// 0.
type (
	float   float64
	integer int32
)

// UnmarshalJSON reads 1.5 and "1.5".
func (n *float) UnmarshalJSON(text []byte) error {
	s := string(text)
	if u, err := strconv.Unquote(s); err == nil {
		s = u
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) {
		f = 0
	}
	*n = float(f)
	return nil
}

// UnmarshalJSON reads 1 and "1", and bounds them.
func (n *integer) UnmarshalJSON(text []byte) error {
	var f float
	err := f.UnmarshalJSON(text)
	*n = integer(max(math.MinInt32, min(math.MaxInt32, f)))
	return err
}

// extMap is a custom message's extension as an object.
type extMap []KeyValue

// UnmarshalJSON reads an object. It takes any other value for an empty one.
func (e *extMap) UnmarshalJSON(text []byte) error {
	var o object
	err := json.Unmarshal(text, &o)
	if err == nil {
		*e, err = o.keyValues()
	}
	return err
}

// MarshalJSON writes an object.
func (e extMap) MarshalJSON() ([]byte, error) {
	o := object{}
	for _, kv := range e {
		o.add(kv.Key, kv.value())
	}
	return json.Marshal(o)
}

// extList is the older form: an array of objects, or in some senders an object.
type extList []KeyValue

// UnmarshalJSON reads both forms. It takes any other value for an empty array.
func (e *extList) UnmarshalJSON(text []byte) error {
	var list []extMap
	if json.Unmarshal(text, &list) != nil {
		list = make([]extMap, 1)
		if err := json.Unmarshal(text, &list[0]); err != nil {
			return err
		}
	}
	for _, m := range list {
		*e = append(*e, m...)
	}
	return nil
}

// MarshalJSON writes an array of one object.
func (e extList) MarshalJSON() ([]byte, error) { return json.Marshal([]extMap{extMap(e)}) }

// kind returns the body's type, combine for each form of that: the vendor's client
// sends a text with the subtype COMBINE, so that older clients show its text.
func (c content) kind() string {
	if c.SubType == CombineSubType || (c.Type == "txt" && c.Combine != nil && *c.Combine == 0) {
		return "combine"
	}
	return c.Type
}

// encode encodes a body that was read from JSON, without empty attributes.
func (c content) encode() Content {
	c.TypeNumber = otherType
	if i := slices.Index(contentTypes, c.Type); i >= 0 {
		c.TypeNumber = uint64(i)
	}
	if c.ExtObject != nil && len(*c.ExtObject) > 0 {
		c.Exts = extList(*c.ExtObject)
	}
	for _, p := range []**string{&c.Msg, &c.Addr, &c.Filename, &c.URL, &c.Secret, &c.Action, &c.Thumb, &c.ThumbSecret, &c.CustomEvent, &c.Title, &c.Summary} {
		omitZero(p)
	}
	omitZero(&c.FileLength)
	omitZero(&c.Length)
	if c.Type != "loc" {
		c.Lat, c.Lng, c.Addr = nil, nil, nil
	} else {
		c.Lat, c.Lng = new(deref(c.Lat)), new(deref(c.Lng))
	}
	if c.kind() != "combine" {
		c.Title, c.Summary, c.CombineLevel = nil, nil, nil
	} else {
		c.Combine, c.CombineLevel = new(uint64(0)), new(deref(c.CombineLevel))
	}
	return Marshal(c)
}

func omitZero[T comparable](p **T) {
	if *p != nil && **p == *new(T) {
		*p = nil
	}
}

// decodeContent returns a Content's kind and its body in JSON, with the
// attributes of that kind.
func decodeContent(b []byte) (kind string, body json.RawMessage, err error) {
	c, err := Unmarshal[content](b)
	if err != nil {
		return "", nil, err
	}
	if c.Type = "unknown"; c.TypeNumber < uint64(len(contentTypes)) {
		c.Type = contentTypes[c.TypeNumber]
	}
	kind = c.kind()
	if kind != "loc" {
		c.Lat, c.Lng, c.Addr = nil, nil, nil
	}
	if kind != "video" {
		c.Thumb, c.ThumbSecret = nil, nil
	}
	if kind != "custom" {
		c.CustomEvent, c.Exts = nil, nil
	} else {
		c.Exts = append(extList{}, c.Exts...)
		c.ExtObject = new(extMap(c.Exts))
	}
	if kind != "combine" {
		c.Title, c.Summary, c.CombineLevel = nil, nil, nil
	} else {
		c.SubType = CombineSubType
	}
	return kind, mustJSON(c), nil
}

// Text returns the content of a text.
func Text(msg string) Content { return content{Type: "txt", Msg: &msg}.encode() }

// StrangeContent is a content of a type that docs/contract.md does not name, with
// a text and a field that it does not name either.
func StrangeContent(number uint64, msg string) Content {
	return Marshal(struct {
		Type  uint64 `pb:"1,required"`
		Text  string `pb:"2"`
		Other string `pb:"99"`
	}{number, msg, "?"})
}
