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
	p.From = cmp.Or(p.From, bareName(meta.From, app))
	p.To = cmp.Or(p.To, bareName(meta.To, app))
	return p, nil
}

// bareName is the name in a JID, or s itself where it is none.
func bareName(s text, app appKey) text {
	name, _ := parseJID(string(s), app)
	return text(name)
}

// addJSONBody puts a body of section 6 into m: its kind, and its fields
// without "type", which stays only where the kind is unknown.
func addJSONBody(m *roaming.Message, raw json.RawMessage) error {
	var body map[string]any
	if err := decodeExact(raw, &body); err != nil {
		return fmt.Errorf("its body: %w", err)
	}
	if body == nil {
		return nil
	}
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
	return nil
}
