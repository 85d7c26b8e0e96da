// Package exactjson decodes JSON and reports whether the Go value holds all of it.
package exactjson

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how many levels of values are decoded.
const MaxDepth = 100

// Lax makes package json of go-json-experiment read what encoding/json reads: the
// last of equal names counts, and U+FFFD replaces what is not UTF-8.
func Lax() jsonv2.Options {
	return jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// Decode returns the Go value of a JSON text, with numbers as they are written.
// exact reports whether marshaling the value gives the same JSON: no object has a
// name twice, no string has half of a surrogate pair. A text that is not JSON, not
// UTF-8 or too deep is returned as it is, inexact.
func Decode(b []byte) (value any, exact bool) {
	if v, err := readText(b); err == nil {
		return v, true
	}
	if utf8.Valid(b) {
		if v, err := readText(b, Lax()); err == nil {
			return v, false
		}
	}
	return string(b), false
}

// Object returns a JSON object; an empty one for null, "" and an absent value. ok is
// false for anything else.
func Object(b []byte) (object map[string]any, ok bool) {
	if Empty(b) {
		return map[string]any{}, true
	}
	v, _ := Decode(b)
	if object, ok = v.(map[string]any); ok {
		return object, true
	}
	return map[string]any{}, false
}

// Empty reports whether a JSON value is absent, null or "".
func Empty(b []byte) bool { return len(b) == 0 || string(b) == "null" || string(b) == `""` }

func readText(b []byte, options ...jsonv2.Options) (any, error) {
	var v exact
	err := jsonv2.Unmarshal(b, &v, options...)
	return v.value, err
}

// exact is any JSON value. Package json keeps its decoders for the next text.
type exact struct{ value any }

// UnmarshalJSONFrom reads any value.
func (v *exact) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	v.value, err = readValue(d)
	return err
}

// readValue reads the next value, without the reflection of package json.
func readValue(d *jsontext.Decoder) (any, error) {
	if d.StackDepth() >= MaxDepth {
		return nil, fmt.Errorf("more than %d levels", MaxDepth)
	}
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() { //nolint:exhaustive // a value begins with no other
	case '{':
		return readObject(d)
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			v, err := readValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.ReadToken()
		return list, err
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

func readObject(d *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // before the decoder overwrites it
		if object[key], err = readValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}
