package render

import "strings"

// Compact is a value's JSON on one line, for a cell; "" for what has none or
// holds nothing.
func Compact(v map[string]any) string {
	if len(v) == 0 {
		return ""
	}
	b, err := encodeJSON(v, "", "")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
