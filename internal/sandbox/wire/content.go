package wire

import (
	"encoding/json"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The content types (contract, msync).
var contentTypes = map[string]uint64{ //nolint:gochecknoglobals // a constant table
	"txt": 0, "img": 1, "video": 2, "loc": 3, "audio": 4, "file": 5, "cmd": 6, "custom": 7, "combine": 8,
}

// unnamedType is a content type that the contract does not name, for bodies of
// a kind that it does not name either.
const unnamedType = 99

// CombineSubType is how REST marks a combined message (contract, section 6).
const CombineSubType = "sub_combine"

// restBody is a message body as REST has it (contract, section 6).
type restBody struct {
	Type         string     `json:"type"`
	Msg          string     `json:"msg"`
	URL          string     `json:"url"`
	Filename     string     `json:"filename"`
	Secret       string     `json:"secret"`
	FileLength   lenient    `json:"file_length"`
	Length       lenient    `json:"length"`
	Size         *size      `json:"size"`
	Thumb        string     `json:"thumb"`
	ThumbSecret  string     `json:"thumb_secret"`
	Lat          lenient    `json:"lat"`
	Lng          lenient    `json:"lng"`
	Addr         string     `json:"addr"`
	Action       string     `json:"action"`
	CustomEvent  string     `json:"customEvent"`
	CustomExts   customExts `json:"customExts"`
	V2CustomExts ordered    `json:"v2:customExts"`
	SubType      string     `json:"subType"`
	Title        string     `json:"title"`
	Summary      string     `json:"summary"`
	CombineLevel lenient    `json:"combineLevel"`
}

// kind is the type that the body gives itself, combine for every form of that.
func (b restBody) kind() string {
	if b.SubType == CombineSubType {
		return "combine"
	}
	return b.Type
}

type size struct {
	Width  lenient `json:"width"`
	Height lenient `json:"height"`
}

// lenient is a number that some senders write as text. Anything else is 0.
type lenient float64

// UnmarshalJSON reads 1.5 and "1.5".
func (n *lenient) UnmarshalJSON(text []byte) error {
	s := string(text)
	if u, err := strconv.Unquote(s); err == nil {
		s = u
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) {
		f = 0
	}
	*n = lenient(f)
	return nil
}

// int32 is the number for a field of that type, held to its range.
func (n lenient) int32() uint64 {
	v := int64(max(math.MinInt32, min(math.MaxInt32, float64(n))))
	return uint64(v) //nolint:gosec // int32 on the wire is the two's complement of 64 bits
}

// customExts is customExts: an array of objects, or in some senders an object.
type customExts struct{ ordered }

// UnmarshalJSON reads both forms.
func (a *customExts) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		return a.ordered.UnmarshalJSON(text)
	}
	var list []ordered
	if err := json.Unmarshal(text, &list); err != nil {
		return nil //nolint:nilerr // neither form: no extensions
	}
	for _, o := range list {
		a.ordered = append(a.ordered, o...)
	}
	return nil
}

// content encodes the body. The vendor's client sends a combined message as a
// text with the subtype COMBINE, so that older clients show its text; a body
// of type combine has the content type of that name.
func (b restBody) content() (Content, error) {
	var f fields
	number, ok := contentTypes[b.Type]
	if !ok {
		number = unnamedType
	}
	f.varint(1, number)
	text := func(tag int32, v string) {
		if v != "" {
			f.string(protowire.Number(tag), v)
		}
	}
	text(2, b.Msg)
	if b.Type == "loc" {
		f.double(3, float64(b.Lat))
		f.double(4, float64(b.Lng))
		text(5, b.Addr)
	}
	b.attachment(&f)
	text(10, b.Action)
	if b.Length != 0 {
		f.varint(12, b.Length.int32())
	}
	if b.Size != nil {
		var s fields
		s.double(1, float64(b.Size.Width))
		s.double(2, float64(b.Size.Height))
		f.bytes(13, s)
	}
	text(14, b.Thumb)
	text(15, b.ThumbSecret)
	text(19, b.CustomEvent)
	if err := b.exts(&f); err != nil {
		return nil, err
	}
	if b.SubType == CombineSubType || b.Type == "combine" {
		f.varint(22, 0)
		text(23, b.Title)
		text(24, b.Summary)
		f.varint(25, b.CombineLevel.int32())
	}
	return Content(f), nil
}

func (b restBody) attachment(f *fields) {
	for tag, v := range []string{6: b.Filename, 7: b.URL, 8: b.Secret} {
		if v != "" {
			f.string(protowire.Number(tag), v)
		}
	}
	if b.FileLength != 0 {
		f.varint(9, b.FileLength.int32())
	}
}

// exts prefers the newer member, as the two carry the same.
func (b restBody) exts(f *fields) error {
	exts := b.V2CustomExts
	if len(exts) == 0 {
		exts = b.CustomExts.ordered
	}
	list, err := exts.keyValues()
	for _, kv := range list {
		f.bytes(20, kv.encode())
	}
	return err
}

// StrangeContent is a content of a type that the contract does not name, with a
// text and a field of an unnamed number beside it.
func StrangeContent(number uint64, text string) Content {
	const unnamedField = 99
	var f fields
	f.varint(1, number)
	f.string(2, text)
	f.string(unnamedField, "?")
	return Content(f)
}
