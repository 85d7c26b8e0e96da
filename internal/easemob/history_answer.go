package easemob

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// historyAnswer is an answer of section 3 of the contract.
type historyAnswer struct {
	Data *historyData // nil when there is none
}

type historyData struct {
	Msgs    entries // parts of the body; nil when there are none
	IsLast  flag
	NextKey text
}

// readJSON reads an answer's body, which its items remain parts of.
func (a *historyAnswer) readJSON(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), lax()...)
	return eachMember(d, func(name string) error {
		if name != "data" || d.PeekKind() == 'n' {
			return d.SkipValue()
		}
		a.Data = &historyData{}
		return eachMember(d, func(name string) error {
			switch name {
			case "msgs":
				return a.Data.Msgs.read(d, body)
			case "is_last":
				return into(d, &a.Data.IsLast)
			case "next_key":
				return into(d, &a.Data.NextKey)
			}
			return d.SkipValue()
		})
	})
}

// read reads an array in body; null leaves e nil.
func (e *entries) read(d *jsontext.Decoder, body []byte) error {
	*e = nil
	if d.PeekKind() == 'n' {
		return d.SkipValue()
	}
	items := entries{}
	err := eachItem(d, func() error {
		if len(items) == maxEntries {
			return fmt.Errorf("a page has more than %d items", maxEntries)
		}
		raw, err := d.ReadValue() // the decoder's until its next call
		end := d.InputOffset()
		items = append(items, body[int(end)-len(raw):end])
		return err
	})
	*e = items
	return err
}

// itemText is the base64 in an item, {"msg":"..."}.
func itemText(raw []byte) (encoded []byte, err error) {
	if text, ok := bytes.CutPrefix(raw, []byte(`{"msg":"`)); ok { // as the service writes it
		if text, ok = bytes.CutSuffix(text, []byte(`"}`)); ok && bytes.IndexByte(text, '"') < 0 && bytes.IndexByte(text, '\\') < 0 {
			return text, nil
		}
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), lax()...)
	err = eachMember(d, func(name string) error {
		if name != "msg" || d.PeekKind() == 'n' {
			return d.SkipValue()
		}
		value, err := d.ReadValue()
		if err == nil && value.Kind() != '"' {
			err = fmt.Errorf("want a string, got %s", clip(string(value), 20))
		}
		if err == nil {
			encoded, err = jsontext.AppendUnquote(nil, value)
		}
		return err
	})
	if err == nil && encoded == nil {
		err = errors.New("it has no msg")
	}
	return encoded, err
}
