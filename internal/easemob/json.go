package easemob

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// The service's JSON is read by package jsontext, the token reader of the
// coming encoding/json/v2: it is as fast as a scanner of our own, and by default
// it refuses what has no exact value in Go: a name twice in an object, and text
// that is not UTF-8.

// deepest is how many levels of arrays and objects a value may have.
const deepest = 100

var errDeep = fmt.Errorf("it has more than %d levels", deepest)

// lax reads what encoding/json reads: the last of equal names counts, and U+FFFD
// stands for what is not text.
func lax() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
}

// decodeJSON is a JSON text's value in Go's terms, with numbers as they are
// written. exact reports whether writing the value again gives the same JSON: no
// object has a name twice, no string has half of a surrogate pair. What is not
// JSON, not UTF-8 or nested too deep stays the text that it is, inexact.
func decodeJSON(b []byte) (value any, exact bool) {
	if v, err := readWhole(b); err == nil {
		return v, true
	}
	if utf8.Valid(b) {
		if v, err := readWhole(b, lax()...); err == nil {
			return v, false
		}
	}
	return string(b), false
}

// readWhole reads the one value in b.
func readWhole(b []byte, options ...jsontext.Options) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(b), options...)
	v, err := readValue(d, 1)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return v, nil
}

// readValue reads the next value, depth levels down.
func readValue(d *jsontext.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, errDeep
	}
	switch d.PeekKind() { //nolint:exhaustive // the others are single tokens
	case '{':
		m := map[string]any{}
		err := eachMember(d, func(name string) (err error) {
			m[name], err = readValue(d, depth+1)
			return err
		})
		return m, err
	case '[':
		list := []any{}
		err := eachItem(d, func() error {
			v, err := readValue(d, depth+1)
			list = append(list, v)
			return err
		})
		return list, err
	}
	token, err := d.ReadToken()
	switch token.Kind() { //nolint:exhaustive // null is nil
	case '"':
		return token.String(), err
	case '0':
		return json.Number(token.String()), err
	case 't', 'f':
		return token.Bool(), err
	}
	return nil, err
}

// eachMember reads an object. fn reads the value of the member that it is told
// the name of.
func eachMember(d *jsontext.Decoder, fn func(name string) error) error {
	if err := open(d, '{'); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err == nil {
			err = fn(name.String())
		}
		if err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// eachItem reads an array. fn reads an item.
func eachItem(d *jsontext.Decoder, fn func() error) error {
	if err := open(d, '['); err != nil {
		return err
	}
	for kind := d.PeekKind(); kind != ']' && kind != 0; kind = d.PeekKind() {
		if err := fn(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func open(d *jsontext.Decoder, kind jsontext.Kind) error {
	token, err := d.ReadToken()
	if err == nil && token.Kind() != kind {
		err = fmt.Errorf("want %s, got %s", kind, token.Kind())
	}
	return err
}

// into reads the next value into one of the types of lenient.go.
func into(d *jsontext.Decoder, v json.Unmarshaler) error {
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	return v.UnmarshalJSON(raw)
}
