package easemob

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/roamctl/roamctl/internal/exactjson"
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
	Meta   jsontext.Value   `json:"meta"`
	Stream jsontext.Value   `json:"stream"`
	exact  bool             // exactjson.Decode's
}

// decodeLastMessage reads a "meta"; nil when there is no message.
func decodeLastMessage(raw []byte, in roaming.Conversation, app appKey) (*roaming.Message, error) {
	raw = bytes.TrimSpace(raw)
	if exactjson.Empty(raw) {
		return nil, nil
	}
	var meta lastMeta
	if err := unmarshal(raw, &meta); err != nil {
		return nil, err
	}
	if meta.ID == "" && exactjson.Empty(meta.Payload) {
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
	_, exact := exactjson.Decode(raw)
	if !payload.addTo(m) || !exact || id == 0 || m.Timestamp.IsZero() {
		m.Raw = raw
	}
	return m, nil
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
	_, p.exact = exactjson.Decode(raw)
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
	ext, ok := exactjson.Object(p.Ext)
	if m.Ext = ext; !ok {
		m.Ext = map[string]any{}
	}
	whole = p.exact && ok && len(p.Bodies) == 1
	whole = addMetaJSON(m, p.Meta) && whole
	if !exactjson.Empty(p.Stream) {
		m.Stream, ok = exactjson.Object(p.Stream)
		whole = ok && whole
	}
	// The sender wrote the payload. The list says which conversation it is in.
	if t, err := roaming.ParseChatType(string(p.Type)); err == nil && t != m.ChatType {
		whole = false
	}
	if len(p.Bodies) > 0 {
		body, ok := exactjson.Object(p.Bodies[0])
		whole = ok && whole
		m.SetJSONBody(body)
	}
	return whole
}
