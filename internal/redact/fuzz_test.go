package redact

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/render"
)

// FuzzText: nothing is found in a redacted text, whatever was in it, so that no sender can
// write a message that stops an export. Text without a hit stays as it is.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"13800138000", "\n123456\r\n", "[mobile-abcdefgh]123456[redacted]", "1\u200b3800138000x@y.cn", "[redacted]", "夜莺 TK-1 and tk-1", "110105 19491231 002x+86",
		"13800138000\u202e\ufffd13800138000", "a@b.cn2001:db8::1:192.0.2.1", "\xff1\xfe3800138000", "(+1) (415) 555-0123 4111 1111 1111 1111",
	} {
		f.Add(s)
	}
	rules := mustParse(f, "words: [夜莺, mobile]\nregexps: ['^\\d{6}$', '\\bTK-\\d+', '(?m)^x$']")
	f.Fuzz(func(t *testing.T, s string) {
		r := New(rules, Options{})
		m := r.Message("alice", textMessage("bob", s))
		if err := r.Check(Shown{Message: "42", From: "bob", Field: "text", Text: m.Text}); err != nil {
			t.Errorf("%q became %q: %v", s, m.Text, err)
		}
		lines := strings.Trim(strings.ReplaceAll(strings.ToValidUTF8(m.Text, "\ufffd"), "\r\n", "\n"), "\n")
		if err := r.Check(Shown{Message: "42", From: "bob", Field: "text", Text: lines}); err != nil {
			t.Errorf("%q became %q in lines: %v", s, lines, err)
		}
		if err := r.Check(Shown{Message: "42", From: "bob", Field: "text", Text: render.SafeLines(m.Text)}); err != nil {
			t.Errorf("%q became %q, which documents show otherwise: %v", s, m.Text, err)
		}
		if len(rules.find(s, nil)) == 0 && r.shown("text", s, nil) == "" && !strings.Contains(s, "[") && strings.TrimSpace(s) == s && m.Text != s {
			t.Errorf("%q became %q", s, m.Text)
		}
	})
}

// FuzzRules: a file is read or refused, and its error has one line.
func FuzzRules(f *testing.F) {
	for _, s := range []string{"", "words: [a]", "allow: {fields: [ext], texts: ['1']}", "regexps: ['(']", "detectors: []", "queries: [a]", "&a [*a]", "\t", "? a\n: b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse([]byte(s), noQueries)
		if err != nil {
			if r != nil || !utf8.ValidString(err.Error()) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		New(r, Options{}).Text("call 13800138000")
	})
}
