package render_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
)

func TestJQ(t *testing.T) {
	tests := []struct {
		format render.Format
		expr   string
		want   string
	}{
		{render.Table, ".items | length", "3\n"},
		{render.JSON, ".items[].id", "bob\n250000000000003\nempty\n"},
		{render.JSON, ".next_cursor", "c2\n"},
		{render.JSON, ".items[0] | {id, unread}", "{\n  \"id\": \"bob\",\n  \"unread\": 12\n}\n"},
		{render.NDJSON, "select(.unread > 0) | {id, unread}", "{\"id\":\"bob\",\"unread\":12}\n{\"id\":\"empty\",\"unread\":1}\n"},
		{render.NDJSON, "empty", ""},
		{render.NDJSON, "$ENV | length", "0\n0\n0\n"},
		{render.JSON, "halt", ""},
	}
	for _, tt := range tests {
		o := options(tt.format)
		o.JQ = tt.expr
		if diff := cmp.Diff(tt.want, list(t, o, conversationView(), 0, 2, conversations()...)); diff != "" {
			t.Errorf("--jq %q (-want +got):\n%s", tt.expr, diff)
		}
	}
}

func TestQueriesKeepNumbersExact(t *testing.T) {
	item := map[string]any{"n": json.Number("18446744073709551615"), "f": json.Number("0.1")}
	for _, o := range []render.Options{
		{Format: render.NDJSON, JQ: "[.n, .f] | @json"},
		{Format: render.NDJSON, Template: "[{{.n}},{{.f}}]"},
		{Format: render.NDJSON, JQ: "[.n, .f]"},
	} {
		if got, want := list(t, o, render.View[map[string]any]{}, 0, 1, item), "[18446744073709551615,0.1]\n"; got != want {
			t.Errorf("%+v = %q, want %q", o, got, want)
		}
	}
}

func TestQueryFailures(t *testing.T) {
	for _, o := range []render.Options{
		{Format: render.NDJSON, JQ: ".unread | keys"},
		{Format: render.NDJSON, JQ: `error("no")`},
		{Format: render.NDJSON, Template: `{{date "15:04" .id}}`},
		{Format: render.NDJSON, Template: `{{join "," .id}}`},
	} {
		s, _, _, _ := iostreams.Test()
		l, err := render.NewList(s, o, conversationView())
		check(t, err)
		if err := l.Write(conversations()...); fault.KindOf(err) != fault.Usage {
			t.Errorf("%+v: %v, want a usage error", o, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	tests := []struct{ template, want string }{
		{`{{len .items}} {{.next_cursor}}`, "3 c2\n"},
		{`{{range .items}}{{.id | upper | pad 5}}|{{end}}`, "BOB  |250000000000003|EMPTY|\n"},
		{`{{with index .items 1}}{{join "," .marks}} {{.marks | json}}{{end}}`, "mark_3 [\"mark_3\"]\n"},
		{`{{with index .items 0}}{{date "2006-01-02 15:04" .last_active}} {{ago .last_active}} {{short .last_active}}{{end}}`, "2026-11-23 12:02 7 hours ago 12:02\n"},
		{`{{with index .items 2}}{{date "15:04" .last_active | default "never"}}{{end}}`, "never\n"},
		{`{{with index .items 1}}{{.last_message.text | truncate 9}}{{end}}`, "第二条消…\n"},
		{`{{range .items}}{{if gt .unread 5}}{{.id}} {{contains "b" .id}} {{.id | replace "b" "p" | lower | trim}}{{end}}{{end}}`, "bob true pop\n"},
		{`{{bytes 120000}} {{safe "a\nb"}}`, "120 kB a⏎b\n"},
		{`{{""}}`, ""},
	}
	for _, tt := range tests {
		o := options(render.Table)
		o.Template = tt.template
		if diff := cmp.Diff(tt.want, list(t, o, conversationView(), 0, 2, conversations()...)); diff != "" {
			t.Errorf("--template %q (-want +got):\n%s", tt.template, diff)
		}
	}
	o := options(render.NDJSON)
	o.Template = "{{.id}}\n"
	if diff := cmp.Diff("bob\n250000000000003\nempty\n", list(t, o, conversationView(), 0, 2, conversations()...)); diff != "" {
		t.Errorf("ndjson (-want +got):\n%s", diff)
	}
}

// TestExactText: what a file or a pipe gets is the text itself; what a
// terminal gets has the same value, and nothing in it to obey.
func TestExactText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := map[string]string{"text": strings.ToValidUTF8(hostile().Draw(t, "text"), "")}
		width := rapid.SampledFrom([]int{0, 80}).Draw(t, "width")
		for f, parse := range map[render.Format]func([]byte, any) error{
			render.NDJSON: json.Unmarshal,
			render.JSON:   json.Unmarshal,
			render.YAML:   yaml.Unmarshal,
		} {
			s, _, out, _ := iostreams.Test()
			s.SetTTY(false, width > 0, false)
			check(t, render.One(s, options(f), render.View[map[string]string]{}, item))
			if width > 0 && render.SafeLines(out.String()) != out.String() {
				t.Fatalf("%s on a terminal: %+q", f, out)
			}
			var got map[string]string
			check(t, parse(out.Bytes(), &got))
			if diff := cmp.Diff(item, got); diff != "" {
				t.Fatalf("%s %q (-want +got):\n%s", f, out, diff)
			}
		}
	})
}

func TestQueryResultsOnATerminal(t *testing.T) {
	for _, o := range []render.Options{
		{Format: render.NDJSON, JQ: ".text"}, {Format: render.NDJSON, JQ: "[.text]"}, {Format: render.NDJSON, Template: "{{.text}}"},
	} {
		for _, m := range samples() {
			got := list(t, o, messageView(), 80, 1, m)
			if render.SafeLines(got) != got {
				t.Errorf("%+v = %+q", o, got)
			}
		}
	}
	hostile := samples()[14]
	if got := list(t, render.Options{Format: render.NDJSON, JQ: ".text"}, messageView(), 0, 1, hostile); !strings.Contains(got, "\x1b[2J") {
		t.Errorf("a pipe does not get the exact text: %q", got)
	}
}
