package content

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// textAlone stands for the body of a text message that has nothing but the text.
const textAlone = "="

// Body is the written form of a message's body, nil for none.
func Body(m *archive.Message) ([]byte, error) {
	text, ok := m.Body["msg"].(string)
	if ok && len(m.Body) == 1 && m.Kind == roaming.Text && text == m.Text {
		return []byte(textAlone), nil
	}
	return Object(m.Body)
}

// Object is the JSON of a body or an extension, nil for one that is missing.
func Object(fields map[string]any) ([]byte, error) {
	switch {
	case fields == nil:
		return nil, nil
	case len(fields) == 0: // most extensions
		return []byte("{}"), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return nil, fault.Wrap(fault.Bug, err, "a message's body has no JSON form")
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// Parse reads what Body or Object wrote. Numbers stay exact.
func Parse(b []byte, text string) (fields map[string]any, err error) {
	switch {
	case b == nil:
		return nil, nil
	case string(b) == textAlone:
		return map[string]any{"msg": text}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	err = dec.Decode(&fields)
	return fields, err
}

// Sum is the digest that finds a changed byte of a message.
func Sum(m *archive.Message, body, ext []byte) []byte {
	h := sha256.New()
	var size [8]byte
	for _, s := range []string{
		string(m.Key), m.Time.String(), m.RawTime, string(m.Conversation.Type), m.Conversation.A, m.Conversation.B,
		m.From, m.To, string(m.Kind), m.Text, string(body), string(ext),
	} {
		binary.LittleEndian.PutUint64(size[:], uint64(len(s)))
		_, _ = h.Write(size[:])
		_, _ = h.Write([]byte(s))
	}
	return h.Sum(nil)[:8]
}

// Words is what an index holds of a message: its tokens, each with a space behind
// it.
func Words(m *archive.Message) string {
	texts, _ := m.Texts()
	var b []byte
	for _, text := range texts {
		b = tokens.AppendJoined(b, tokens.Normalize(text))
	}
	return string(b)
}

// Millis is a time as stores have it; 0 for none.
func Millis(t roaming.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Attachments are the files of a message that was not in a store.
func Attachments(m *archive.Message) (all []archive.Attachment) {
	for _, name := range [...]struct{ url, secret string }{{"url", "secret"}, {"thumb", "thumb_secret"}} {
		url, _ := m.Body[name.url].(string)
		if url == "" || name.url == "thumb" && url == m.Body["url"] {
			continue
		}
		secret, _ := m.Body[name.secret].(string)
		deadline := roaming.Millis(Millis(m.Time) + attachments.KeptFor.Milliseconds())
		all = append(all, archive.Attachment{Message: m.Key, URL: url, Secret: secret, Deadline: deadline, State: archive.Pending})
	}
	return all
}
