package easemob

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// payload reads the JSON in meta's string, or the object itself should the
// service spare the string. Its sender and recipient count (contract, section
// 7); meta's, which are JIDs, stand in for them.
func (meta lastMeta) payload(app appKey) (lastPayload, error) {
	raw := bytes.TrimSpace(meta.Payload)
	if len(raw) == 0 {
		return lastPayload{}, errors.New("it has no payload")
	}
	if raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return lastPayload{}, fmt.Errorf("its payload: %w", err)
		}
		raw = []byte(s)
	}
	var p lastPayload
	if err := json.Unmarshal(raw, &p); err != nil {
		return lastPayload{}, fmt.Errorf("its payload: %w", err)
	}
	_, p.exact = decodeJSON(raw)
	p.From = cmp.Or(p.From, bareName(meta.From, app))
	p.To = cmp.Or(p.To, bareName(meta.To, app))
	return p, nil
}

// empty tells that there is no payload.
func (meta lastMeta) empty() bool {
	raw := string(bytes.TrimSpace(meta.Payload))
	return raw == "" || raw == `""` || raw == "null"
}

// bareName is the name in a JID, or s itself where it is none.
func bareName(s text, app appKey) text {
	name, _ := parseJID(string(s), app)
	return text(name)
}

// addTo puts what a payload says into m, and tells whether that is all.
func (p lastPayload) addTo(m *roaming.Message) (whole bool) {
	whole = p.exact && len(p.Bodies) == 1
	// The sender wrote the payload. Which conversation it is in, the list says.
	if t, err := roaming.ParseChatType(string(p.Type)); err == nil && t != m.ChatType {
		whole = false
	}
	if ext, ok := jsonObject(p.Ext); ok {
		m.Ext = ext
	} else {
		whole = false
	}
	if len(p.Bodies) > 0 {
		body, ok := jsonObject(p.Bodies[0])
		whole = ok && whole
		addJSONBody(m, body)
	}
	return whole
}

// jsonObject is what an object holds; nothing for null, "" and what is absent.
// ok is false for anything else.
func jsonObject(raw json.RawMessage) (object map[string]any, ok bool) {
	object = map[string]any{}
	if len(raw) == 0 {
		return object, true
	}
	switch v, _ := decodeJSON(raw); v := v.(type) {
	case map[string]any:
		return v, true
	case nil:
		return object, true
	case string:
		return object, v == ""
	default:
		return object, false
	}
}

// addJSONBody puts a body of section 6 into m: its kind, and its fields
// without "type", which stays only where the kind is unknown.
func addJSONBody(m *roaming.Message, body map[string]any) {
	m.Body = body
	name, _ := body["type"].(string)
	if kind := roaming.Kind(name); slices.Contains(roaming.Kinds(), kind) {
		m.Kind = kind
	}
	if body["subType"] == "sub_combine" {
		m.Kind = roaming.Combine
	}
	if m.Kind != roaming.Unknown {
		delete(body, "type")
	}
	if m.Kind == roaming.Text {
		m.Text, _ = body["msg"].(string)
	}
}
