package query

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/archive/tokens"
)

func TestMarks(t *testing.T) {
	for _, tt := range []struct{ query, text, want string }{
		{"发票", "请发票，再发票", "请[发票]，再[发票]"},
		{"iph OR 15", "iPhone15 15", "[iPh]one15 [15]"},
		{"ＡＢ", "xab AB ａｂc", "xab [AB] [ａｂ]c"},
		{"か\u3099", "ｶﾞ が", "ｶﾞ [が]"},
		{"㈱", "会社(株)㈱", "会社[(株)][㈱]"},
		{"株", "㈱", "[㈱]"},
		{"ss", "STRAẞE ss", "STRAẞE [ss]"},
		{"一二 二三", "一二三", "[一二三]"},
		{"-一 from:a", "一", "一"},
	} {
		q, err := Parse(tt.query, days())
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		at := 0
		for _, m := range q.Marks(tt.text) {
			b.WriteString(tt.text[at:m.From] + "[" + tt.text[m.From:m.To] + "]")
			at = m.To
		}
		if got := b.String() + tt.text[at:]; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.query, got, tt.want)
		}
	}
}

// What is marked has the term in it.
func TestMarksHoldTheTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		term := tokens.Normalize(rapid.StringN(1, 2, -1).Draw(t, "term"))
		q := Query{Expr: Text{Term: term}}
		marks := q.Marks(text)
		if (len(marks) > 0) != q.Match(&Document{Texts: []string{tokens.Normalize(text)}}) {
			t.Fatalf("%v", marks)
		}
		for _, m := range marks {
			if !strings.Contains(tokens.Normalize(text[m.From:m.To]), term) {
				t.Fatalf("%q has no %q", text[m.From:m.To], term)
			}
		}
	})
}
