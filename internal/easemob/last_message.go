package easemob

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/roamctl/roamctl/internal/roaming"
)

// lastMeta is the "meta" of a listed conversation.
type lastMeta struct {
	ID        text           `json:"id"`
	From      text           `json:"from"`
	To        text           `json:"to"`
	Timestamp moment         `json:"timestamp"`
	Payload   jsontext.Value `json:"payload"` // JSON in a string
}

type lastPayload struct {
	From   text             `json:"from"`
	To     text             `json:"to"`
	Type   text             `json:"type"`
	Bodies []jsontext.Value `json:"bodies"`
	Ext    jsontext.Value   `json:"ext"`
	exact  bool             // decodeJSON's
}

// decodeLastMessage reads a "meta"; nil when there is no message.
func decodeLastMessage(raw []byte, in roaming.Conversation, app appKey) (*roaming.Message, error) {
	raw = bytes.TrimSpace(raw)
	if isEmpty(raw) {
		return nil, nil
	}
	var meta lastMeta
	if err := unmarshal(raw, &meta); err != nil {
		return nil, err
	}
	if meta.ID == "" && isEmpty(meta.Payload) {
		return nil, nil // {}
	}
	var id roaming.MessageID
	if meta.ID != "" && meta.ID != "0" {
		var err error
		if id, err = roaming.ParseMessageID(string(meta.ID)); err != nil {
			return nil, err
		}
	}
	payload, err := meta.payload(app)
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", id, err)
	}
	m := &roaming.Message{
		ID: id, Timestamp: meta.Timestamp.at, RawTimestamp: meta.Timestamp.raw,
		ChatType: in.Type, Conversation: in.ID,
		From: string(payload.From), To: string(payload.To),
		Kind: roaming.Unknown, Body: map[string]any{}, Ext: map[string]any{},
	}
	_, exact := decodeJSON(raw)
	if !payload.addTo(m) || !exact || id == 0 || m.Timestamp.IsZero() {
		m.Raw = raw
	}
	return m, nil
}

// isEmpty reports whether a JSON value is absent, null or "".
func isEmpty(raw []byte) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}

// payload reads the JSON in the string, or the object itself should the service
// send one. Its sender and recipient count (docs/contract.md, section 7); meta's,
// which are JIDs, are used where it has none.
func (meta lastMeta) payload(app appKey) (p lastPayload, err error) {
	raw := []byte(meta.Payload)
	if len(raw) == 0 {
		return p, errors.New("it has no payload")
	}
	if raw[0] == '"' {
		var s string
		if err := unmarshal(raw, &s); err != nil {
			return p, fmt.Errorf("its payload: %w", err)
		}
		raw = []byte(s)
	}
	if err := unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("its payload: %w", err)
	}
	_, p.exact = decodeJSON(raw)
	p.From = cmp.Or(p.From, bareName(meta.From, app))
	p.To = cmp.Or(p.To, bareName(meta.To, app))
	return p, nil
}

// bareName returns the name in a JID, or s itself.
func bareName(s text, app appKey) text {
	name, _ := parseJID(string(s), app)
	return text(name)
}

// addTo puts a payload into m and reports whether m then has all of it.
func (p lastPayload) addTo(m *roaming.Message) (whole bool) {
	ext, ok := jsonObject(p.Ext)
	if m.Ext = ext; !ok {
		m.Ext = map[string]any{}
	}
	whole = p.exact && ok && len(p.Bodies) == 1
	// The sender wrote the payload. The list says which conversation it is in.
	if t, err := roaming.ParseChatType(string(p.Type)); err == nil && t != m.ChatType {
		whole = false
	}
	if len(p.Bodies) > 0 {
		body, ok := jsonObject(p.Bodies[0])
		whole = ok && whole
		addBodyJSON(m, body)
	}
	return whole
}

// jsonObject returns a JSON object; an empty one for null, "" and an absent value.
// ok is false for anything else.
func jsonObject(raw []byte) (object map[string]any, ok bool) {
	if isEmpty(raw) {
		return map[string]any{}, true
	}
	v, _ := decodeJSON(raw)
	if object, ok = v.(map[string]any); ok {
		return object, true
	}
	return map[string]any{}, false
}

// addBodyJSON puts a body of docs/contract.md, section 6, into m: its kind, and its
// fields without "type", which stays where the kind is unknown.
func addBodyJSON(m *roaming.Message, body map[string]any) {
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
