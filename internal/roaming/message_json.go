package roaming

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendJSON appends a message's JSON to b: the bytes of a json.Encoder that does not
// escape HTML, without the line feed. Exports write millions of messages, and
// reflection would take longer than everything else.
func (m Message) AppendJSON(b []byte) ([]byte, error) {
	at, err := m.Timestamp.MarshalJSON()
	if err != nil {
		return b, err
	}
	b = append(b, `{"id":"`...)
	if m.ID != 0 {
		b = strconv.AppendUint(b, uint64(m.ID), 10)
	}
	b = append(append(b, `","timestamp":`...), at...)
	if m.RawTimestamp != "" {
		b = appendString(append(b, `,"raw_timestamp":`...), m.RawTimestamp)
	}
	for _, field := range [...]struct{ name, value string }{
		{`,"chat_type":`, string(m.ChatType)},
		{`,"conversation":`, m.Conversation},
		{`,"from":`, m.From},
		{`,"to":`, m.To},
		{`,"kind":`, string(m.Kind)},
		{`,"text":`, m.Text},
	} {
		b = appendString(append(b, field.name...), field.value)
	}
	if b, err = appendMap(append(b, `,"body":`...), m.Body); err != nil {
		return b, err
	}
	if b, err = appendMap(append(b, `,"ext":`...), m.Ext); err != nil {
		return b, err
	}
	if b, err = m.appendTo(b); err != nil {
		return b, err
	}
	if len(m.Raw) > 0 {
		b = base64.StdEncoding.AppendEncode(append(b, `,"raw":"`...), m.Raw)
		b = append(b, '"')
	}
	return append(b, '}'), nil
}

// appendString appends a JSON string. encoding/json writes the rare ones that jsontext
// writes differently.
func appendString(b []byte, s string) []byte {
	const first = 0xe2 // byte of U+2028 and U+2029
	if strings.IndexByte(s, first) < 0 || !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029") {
		if quoted, err := jsontext.AppendQuote(b, s); err == nil { // s is UTF-8
			return quoted
		}
	}
	quoted, _ := encode(b, s) // a string has a JSON form
	return quoted
}

// appendMap appends an object, its members sorted by name.
func appendMap(b []byte, m map[string]any) (_ []byte, err error) {
	if m == nil {
		return append(b, "null"...), nil
	}
	var few [8]string
	names := few[:0]
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		if b, err = appendValue(b, m[name]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// appendValue appends a value of a body or an extension.
func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendString(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case map[string]any:
		return appendMap(b, v)
	}
	return encode(b, v)
}

func encode(b []byte, v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...), nil
}
