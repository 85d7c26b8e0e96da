package roaming

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// messages50 returns a page of 50 text messages with extensions, as the client decodes
// them.
func messages50() []Message {
	messages := make([]Message, 50)
	for i := range messages {
		text := "明天早上九点在老地方见，记得带上雨伞 " + strings.Repeat("x", 40)
		messages[i] = Message{
			ID: MessageID(18446744073709551000 + uint64(i)), Timestamp: Millis(1763600000000 + int64(i)),
			ChatType: Chat, Conversation: "bob", From: "bob", To: "alice", Kind: Text, Text: text,
			Body: map[string]any{"msg": text},
			Ext:  map[string]any{"level": int64(3), "style": map[string]any{"bold": true, "size": json.Number("12.5")}},
		}
	}
	return messages
}

func BenchmarkEncodeNDJSON(b *testing.B) {
	messages := messages50()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		for _, m := range messages {
			if err := enc.Encode(m); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(out.Len()))
	}
}

// BenchmarkAppendJSON measures AppendJSON, which exports use instead of package json.
func BenchmarkAppendJSON(b *testing.B) {
	messages := messages50()
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = out[:0]
		for _, m := range messages {
			var err error
			if out, err = m.AppendJSON(out); err != nil {
				b.Fatal(err)
			}
			out = append(out, '\n')
		}
		b.SetBytes(int64(len(out)))
	}
}
