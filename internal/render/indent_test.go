package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// drawNested is a value of a few levels with what JSON has to escape in it.
func drawNested(t *rapid.T, levels int) any {
	text := rapid.SampledFrom([]string{"", "a", "\"", `\`, "[{:,}]", "\n", "你"})
	switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
	case levels > 0 && kind == 0:
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			m[text.Draw(t, "name")] = drawNested(t, levels-1)
		}
		return m
	case levels > 0 && kind <= 2:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "items"))
		for i := range list {
			list[i] = drawNested(t, levels-1)
		}
		return list
	case kind == 3:
		return rapid.Float64().Draw(t, "number")
	default:
		return text.Draw(t, "text")
	}
}

// TestIndentedIsJSONIndent, and below that it is the same value.
func TestIndentedIsJSONIndent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawNested(t, 5)
		compact, err := encodeJSON(v, "", "")
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, compact, ">", "  "); err != nil {
			t.Fatal(err)
		}
		if got := indented(compact, ">", "  "); string(got) != want.String() {
			t.Fatalf("got %s, want %s", got, want.String())
		}
		for range deepestIndent {
			v = []any{v, map[string]any{"v": 1}}
		}
		if compact, err = encodeJSON(v, "", ""); err != nil {
			t.Fatal(err)
		}
		var back bytes.Buffer
		if err := json.Compact(&back, indented(compact, "", "  ")); err != nil || back.String() != string(compact) {
			t.Fatalf("%v: got %s, want %s", err, back.String(), compact)
		}
	})
}

// TestDeepNestsStaySmall: a line of each level, indented by its depth, grows
// with the square of the levels.
func TestDeepNestsStaySmall(t *testing.T) {
	const levels, most = 2400, 20_000
	deep := json.RawMessage(strings.Repeat(`{"a":[`, levels/2) + strings.Repeat(`]}`, levels/2))
	for _, o := range []Options{{Format: JSON}, {Format: YAML}, {Format: JSON, JQ: "."}} {
		s, _, out, _ := iostreams.Test()
		l, err := NewList(s, o, View[json.RawMessage]{Columns: []Column[json.RawMessage]{Text("deep", func(json.RawMessage) string { return "" })}})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Write(deep); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(""); err != nil {
			t.Fatal(err)
		}
		if out.Len() > most {
			t.Errorf("%s %s: %d bytes of %d", o.Format, o.JQ, out.Len(), len(deep))
		}
		var back struct{ Items []any }
		if o.Format == YAML {
			err = yaml.Unmarshal(out.Bytes(), &back)
		} else {
			err = json.Unmarshal(out.Bytes(), &back)
		}
		if err != nil || len(back.Items) != 1 {
			t.Errorf("%s %s: %v", o.Format, o.JQ, err)
		}
	}
}
