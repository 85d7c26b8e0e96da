package search

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
)

func parse(t *testing.T, s string) query.Query {
	t.Helper()
	never := func(string) (time.Time, error) { return time.Time{}, nil }
	q, err := query.Parse(s, query.Times{Start: never, End: never})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestSnippets(t *testing.T) {
	long := strings.Repeat("字", 200)
	for _, tt := range []struct {
		query, text, want string
		marks             [][2]int
	}{
		{"发票", "请发票，再发票", "请发票，再发票", [][2]int{{1, 3}, {5, 7}}},
		{"发票", long + "发票" + long, "…" + long[:30] + "发票" + long[:88*3] + "…", [][2]int{{11, 13}}},
		{"字", long, long[:300] + "…", nil},
		{"from:a", "hello", "hello", nil},
		{"b", "a\nb \xff", "a\nb \ufffd", [][2]int{{2, 3}}},
	} {
		m := archive.Message{Kind: roaming.Text, Text: tt.text, Body: map[string]any{"msg": tt.text}}
		var h hit
		h.setSnippet(snippetOf(parse(t, tt.query), &m))
		if h.Snippet != tt.want || !utf8.ValidString(h.Snippet) {
			t.Errorf("%s: %q, want %q", tt.query, h.Snippet, tt.want)
		}
		if tt.marks != nil && cmp.Diff(tt.marks, h.Marks) != "" {
			t.Errorf("%s: %v, want %v", tt.query, h.Marks, tt.marks)
		}
		for _, m := range h.marks {
			if m.To > len(h.Snippet) || m.From >= m.To {
				t.Errorf("%s: mark %v", tt.query, m)
			}
		}
	}
	file := archive.Message{Kind: roaming.File, Body: map[string]any{"filename": "报价.pdf", "url": "https://secret"}}
	if s, marks := snippetOf(parse(t, "报价"), &file); s != "报价.pdf" || len(marks) != 1 {
		t.Error(s, marks)
	}
	if s, _ := snippetOf(parse(t, "from:a"), &file); s != "[file] 报价.pdf" {
		t.Error(s)
	}
}
