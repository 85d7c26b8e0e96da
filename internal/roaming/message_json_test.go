package roaming

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The bytes are those of encoding/json for any text.
func TestAppendJSONMatchesEncodingJSON(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "plain", "你好 🎉", "<b>&\"\\\n\t\x00\x1f\x7f", "\u2028\u2029", "\xff\xfe", "a\xc3", "\ufffd",
	}))
	value := rapid.Custom(func(t *rapid.T) any {
		return rapid.SampledFrom([]any{
			text.Draw(t, "text"), true, nil, 1.5, int64(math.MaxInt64), json.Number("12345678901234567890"),
			[]any{text.Draw(t, "item"), map[string]any{"<": "&"}},
			map[string]any{"b": 1, "a": text.Draw(t, "inner")},
		}).Draw(t, "value")
	})
	object := rapid.OneOf(rapid.Just(map[string]any(nil)), rapid.MapOfN(text, value, 0, 4))
	rapid.Check(t, func(t *rapid.T) {
		m := Message{
			ID: MessageID(rapid.Uint64().Draw(t, "id")), ChatType: Group, Kind: Text,
			Conversation: text.Draw(t, "conversation"), From: text.Draw(t, "from"), To: text.Draw(t, "to"), Text: text.Draw(t, "text"),
			Body: object.Draw(t, "body"), Ext: object.Draw(t, "ext"), Raw: rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "raw"),
		}
		if rapid.Bool().Draw(t, "detailed") {
			m.Details = Details{Reactions: []any{object.Draw(t, "reaction")}, Thread: object.Draw(t, "thread"), Stream: object.Draw(t, "stream")}
			m.Recipients = []string{text.Draw(t, "recipient")}
			m.Edited = &Edit{By: text.Draw(t, "editor"), Count: rapid.Int64().Draw(t, "edits")}
		}
		if rapid.Bool().Draw(t, "timed") {
			m.Timestamp = Time{time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "ms"))}
		} else {
			m.RawTimestamp = text.Draw(t, "raw timestamp")
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(m); err != nil {
			t.Fatal(err)
		}
		got, err := m.AppendJSON([]byte("before "))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("before "+want.String(), string(got)+"\n"); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAppendJSONFails(t *testing.T) {
	for _, m := range []Message{{Body: map[string]any{"x": math.NaN()}}, {Ext: map[string]any{"x": func() {}}}} {
		if b, err := m.AppendJSON(nil); err == nil {
			t.Errorf("%s", b)
		}
	}
}
