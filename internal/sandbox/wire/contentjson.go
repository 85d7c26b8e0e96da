package wire

import (
	"encoding/json"
)

// rawContent is a Content as it came: the last value of each tag, and the
// custom extensions.
type rawContent struct {
	fields map[int32]field
	exts   object
}

func (c rawContent) has(tag int32) bool { _, ok := c.fields[tag]; return ok }

// text, number and double set a member from a field that is there.
func (c rawContent) text(o *object, key string, tag int32) {
	if f, ok := c.fields[tag]; ok {
		o.set(key, f.text())
	}
}

func (c rawContent) number(o *object, key string, tag int32) {
	if f, ok := c.fields[tag]; ok {
		o.set(key, int32(f.varint)) //nolint:gosec // int32 by its type
	}
}

func (c rawContent) double(o *object, key string, tag int32) {
	if f, ok := c.fields[tag]; ok {
		o.set(key, f.double())
	}
}

// contentJSON gives an encoded Content's kind and its body as REST has it
// (contract, section 6).
func contentJSON(b []byte) (kind string, body []byte, err error) {
	c := rawContent{fields: map[int32]field{}}
	err = scan(b, func(f field) error {
		if f.tag == 20 {
			return c.exts.keyValue(f.bytes)
		}
		c.fields[f.tag] = f
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	var o object
	kind = c.kind()
	o.set("type", c.typeName())
	c.common(&o)
	switch kind {
	case "loc":
		c.double(&o, "lat", 3)
		c.double(&o, "lng", 4)
		c.text(&o, "addr", 5)
	case "video":
		c.text(&o, "thumb", 14)
		c.text(&o, "thumb_secret", 15)
	case "custom":
		c.text(&o, "customEvent", 19)
		exts := c.exts
		if exts == nil {
			exts = object{}
		}
		o.set("v2:customExts", exts)
		o.set("customExts", []object{exts})
	case "combine":
		o.set("subType", CombineSubType)
		c.text(&o, "title", 23)
		c.text(&o, "summary", 24)
		c.number(&o, "combineLevel", 25)
	}
	body, err = json.Marshal(o)
	return kind, body, err
}

// kind is the body's kind: a text of the subtype COMBINE, which is 0, is a
// combined message.
func (c rawContent) kind() string {
	name := c.typeName()
	if name == "txt" && c.has(22) && c.fields[22].varint == 0 {
		return "combine"
	}
	return name
}

func (c rawContent) typeName() string {
	for name, number := range contentTypes {
		if number == c.fields[1].varint {
			return name
		}
	}
	return "unknown"
}

// common are the members that several kinds have.
func (c rawContent) common(o *object) {
	c.text(o, "msg", 2)
	c.text(o, "filename", 6)
	c.text(o, "url", 7)
	c.text(o, "secret", 8)
	c.number(o, "file_length", 9)
	c.text(o, "action", 10)
	c.number(o, "length", 12)
	if f, ok := c.fields[13]; ok {
		var size object
		if scan(f.bytes, func(f field) error {
			if name := map[int32]string{1: "width", 2: "height"}[f.tag]; name != "" {
				size.set(name, f.double())
			}
			return nil
		}) == nil && size != nil {
			o.set("size", size)
		}
	}
}
