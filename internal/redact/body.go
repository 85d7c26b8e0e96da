package redact

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// fieldOf returns the field that a member of a body (docs/contract.md, section 6)
// belongs to. Those that are not known are of Unknown.
func fieldOf(member string) Field {
	switch member {
	case "filename", "displayName":
		return FileNames
	case "msg":
		return Captions
	case "addr", "buildingName", "lat", "lng":
		return Locations
	case "action":
		return Commands
	case "customEvent", "customExts", "v2:customExts":
		return Customs
	case "title", "summary", "combineLevel":
		return Combined
	case "url", "secret", "thumb", "thumb_secret":
		return Attachments
	case "file_length", "length", "size":
		return Sizes
	}
	return Unknown
}

// structural reports whether a member of a body says what the message is: its type, and
// of a recall or receipt the message that it is about.
func structural(m roaming.Message, member string) bool {
	value, _ := m.Body[member].(string)
	switch member {
	case "subType":
		return value == "sub_combine"
	case "type":
		return m.IsEvent()
	case "ackMessageId":
		_, err := roaming.ParseMessageID(value)
		return m.IsEvent() && err == nil
	}
	return false
}

// body redacts a body. The text of a text message stays, whose redacted form is given,
// and what rules allow.
func (w *work) body(m roaming.Message, redacted string) map[string]any {
	if m.Body == nil {
		return nil
	}
	out := map[string]any{}
	for _, member := range slices.Sorted(maps.Keys(m.Body)) {
		value := m.Body[member]
		f := fieldOf(member)
		if m.Kind == roaming.Unknown {
			f = Unknown
		}
		name := "body"
		if f != Unknown {
			name += "." + member // any other name may be a sender's words
		}
		switch {
		case structural(m, member):
			out[member] = value
		case member == "msg" && m.Kind == roaming.Text && value == m.Text:
			out[member] = redacted
		case !w.allows(f, name):
		case f == Attachments: // a URL or its key, which can't be changed
			out[member] = value
		case f == Unknown:
			out[w.text(name, member)] = w.value(name, value)
		default:
			out[member] = w.value(name, value)
		}
	}
	return out
}

// numeral is a number as it is written.
func numeral(v any) string {
	switch v := v.(type) {
	case json.Number:
		return digitsOf(v.String())
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case float32:
		return strconv.FormatFloat(float64(v), 'f', -1, 32)
	}
	return fmt.Sprint(v)
}

// digitsOf writes a number that has an exponent as a whole number, if it is one:
// 1.38e10 is looked at as 13800000000.
func digitsOf(s string) string {
	const bits, longest = 256, 100
	if !strings.ContainsAny(s, "eE") || len(s) > longest {
		return s
	}
	n, _, err := big.ParseFloat(s, 10, bits, big.ToNearestEven)
	if err != nil || !n.IsInt() || n.MantExp(nil) > bits {
		return s
	}
	return n.Text('f', 0)
}
