package easemob

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// This file decodes JSON with the future encoding/json/v2. It is twice as fast
// as encoding/json, and it can refuse what has no exact value in Go: a name twice
// in an object, and text that is not UTF-8.

// lax makes package json read what encoding/json reads: the last of equal names
// counts, and U+FFFD replaces what is not UTF-8.
func lax() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// unmarshal reads an answer, or a part of one, into a struct.
func unmarshal(b []byte, out any) error { return json.Unmarshal(b, out, lax()) }

// Bounds of a page. The largest page of docs/contract.md is 1000 members of a
// group, and the largest message 5 kB of JSON.
const (
	maxEntries = 2000
	maxItem    = 512 << 10
)

// entries are a page's items as they are written. Unlike an empty array, null
// and a missing one are nil.
type entries []jsontext.Value

// UnmarshalJSONFrom reads at most maxEntries.
func (e *entries) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*e = nil
	switch kind := d.PeekKind(); kind {
	case 'n':
		return d.SkipValue()
	case '[':
	default:
		return fmt.Errorf("want a list, got %s", kind)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	items := make(entries, 0, 64)
	for d.PeekKind() != ']' {
		item, err := d.ReadValue() // the decoder's until its next call
		if err != nil {
			return err
		}
		if len(items) == maxEntries {
			return fmt.Errorf("a page has more than %d items", maxEntries)
		}
		items = append(items, slices.Clone(item))
	}
	*e = items
	_, err := d.ReadToken()
	return err
}

const maxDepth = 100 // levels of values

// decodeJSON returns the Go value of a JSON text, with numbers as they are
// written. exact reports whether marshaling the value gives the same JSON: no
// object has a name twice, no string has half of a surrogate pair. A text that is
// not JSON, not UTF-8 or too deep is returned as it is, inexact.
func decodeJSON(b []byte) (value any, exact bool) {
	if v, err := readText(b); err == nil {
		return v, true
	}
	if utf8.Valid(b) {
		if v, err := readText(b, lax()); err == nil {
			return v, false
		}
	}
	return string(b), false
}

func readText(b []byte, options ...json.Options) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(b), options...)
	v, err := readValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return v, nil
}

// readValue reads the next value, without the reflection of package json.
func readValue(d *jsontext.Decoder) (any, error) {
	if d.StackDepth() >= maxDepth {
		return nil, fmt.Errorf("more than %d levels", maxDepth)
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
		return stdjson.Number(token.String()), nil
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
