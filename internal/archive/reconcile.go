package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Digest is a SHA-256, cut to 16 bytes.
type Digest [digestLen]byte

// Signature is what agrees where two sources know one message by IDs of
// different form: time, sender, conversation and body. Stores make one of two
// such messages where there is exactly one candidate on each side, and keep
// both otherwise. A message without a time or an ID has none.
func (m *Message) Signature() (Digest, bool) {
	if m.Time.IsZero() || m.Key.Form() == NoID {
		return Digest{}, false
	}
	var b []byte
	for _, part := range []string{
		strconv.FormatInt(m.Time.UnixMilli(), 10), strings.ToLower(m.From),
		string(m.Conversation.Type), m.Conversation.A, m.Conversation.B,
	} {
		b = append(append(b, part...), 0)
	}
	return digestOf(b, m.visible()), true
}

// Visible is the digest of what readers see of a message. Sources write the
// rest of the same body in different ways.
func (m *Message) Visible() Digest { return digestOf(m.visible()) }

// Form is the digest of everything that can change later and that users see: the
// content, the extension and the details that changed returns.
func (m *Message) Form() Digest {
	details := changed(m.Details)
	if text, ok := m.Body["msg"].(string); ok && len(m.Body) == 1 && len(m.Ext) == 0 && text == m.Text && details == nil {
		return digestOf(m.visible()) // most messages
	}
	body, _ := encode(m.Body) // what came as JSON or protobuf has a JSON form
	ext, _ := encode(m.Ext)
	return digestOf(m.visible(), body, []byte{0}, ext, details)
}

// changed is the JSON of the details that make a revision (docs/adr/0024-which-changes-make-a-revision.md),
// nil for none. Of a reaction it has what docs/contract.md documents, section 12, in any order
// of reactions and users: the other members may depend on who reads.
func changed(d roaming.Details) []byte {
	if d.Edited == nil && len(d.Reactions) == 0 && len(d.Thread) == 0 && len(d.Stream) == 0 {
		return nil
	}
	reactions := make([]string, len(d.Reactions))
	for n, r := range d.Reactions {
		of, _ := r.(map[string]any)
		var users []string
		list, _ := of["userList"].([]any)
		for _, user := range list {
			users = append(users, fmt.Sprint(user))
		}
		slices.Sort(users)
		reactions[n] = fmt.Sprintf("%q %v %q", of["reaction"], of["count"], users)
	}
	slices.Sort(reactions)
	b, _ := encode(map[string]any{"edited": d.Edited, "reactions": reactions, "thread": d.Thread, "stream": d.Stream}) // all came as JSON or protobuf
	return b
}

func (m *Message) visible() []byte {
	b := append([]byte(m.Kind), 0)
	texts, _ := m.Texts()
	for _, text := range texts {
		b = append(append(b, text...), 0)
	}
	for _, url := range m.Attachments() {
		b = append(append(b, url...), 0)
	}
	return b
}

func digestOf(parts ...[]byte) (d Digest) {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	copy(d[:], sum[:])
	return d
}

// encode is the JSON of a body or an extension; nothing for an empty one.
func encode(fields map[string]any) ([]byte, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	return json.Marshal(fields)
}
