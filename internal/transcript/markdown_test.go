package transcript

import (
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	markdown "github.com/yuin/goldmark/text"
)

// TestMarkdownEscapes: what would mean something at its place is escaped, and the rest
// stays readable.
func TestMarkdownEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"<b>*a*</b>": `\<b>\*a\*\</b>`, "[x](javascript:alert(1))": `\[x](javascript\:alert(1))`, "- a - b": `\- a - b`, "12. a": `12\. a`, "12.5": "12.5",
		"  # x": `&nbsp;&nbsp;\# x`, "https://a.b": `https\://a.b`, "see WWW.evil.invalid": `see WWW\.evil.invalid`, "a@b.c": `a\@b.c`, "a|b": `a\|b`, "---": `\---`,
		"2026-11-24T16:00:00.000Z": "2026-11-24T16:00:00.000Z", "UTC+08:00": "UTC+08:00", "file_name.txt": "file_name.txt", "_a_": `\_a\_`, "a & b": "a & b",
		"&lt;": `\&lt;`, "-1+1": "-1+1", "org#app": "org#app", "a > b!": "a > b!", "会议: 三点": "会议: 三点", ":smile:": `\:smile:`, "(1)": "(1)", "1) a": `1\) a`, "\xff": "\ufffd",
	} {
		if got := escapeMarkdown(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzMarkdown: to a Markdown parser, strangers' texts are texts.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{
		"hi", "<script>alert(1)</script>", "![x](http://evil.invalid/x.png)", "[x](javascript:alert(1))", "[x]: http://evil.invalid", "<http://evil.invalid>",
		"http://evil.invalid www.evil.invalid", "a\n---\n# b\n> c\n- d\n1. e\n```\nf", "| a | b |\n|---|---|\n| c | d |", "a\n:-:\nb", "~~x~~ **x** __x__ `x`", "    code", "a\\", "&#x3c;b&#x3e;", "- [ ] x",
		"<!--", "\u202ex", "***", "+ x", "=", "a  \nb", "_a_b_", "`` ` ``",
	} {
		f.Add(s)
	}
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	f.Fuzz(func(t *testing.T, s string) {
		m := text(1, noon, "bob", s)
		o := options(Markdown)
		var out strings.Builder
		l := &lines{w: &out, markdown: true}
		if err := l.entry(newEntry(m, o.User, o.Zone)); err != nil {
			t.Fatal(err)
		}
		document := []byte(out.String())
		// A paragraph with its bold head and texts.
		allowed := []ast.NodeKind{ast.KindDocument, ast.KindParagraph, ast.KindText, ast.KindEmphasis, ast.KindString}
		bold := 0
		err := ast.Walk(parser.Parse(markdown.NewReader(document)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if entering && n.Kind() == ast.KindEmphasis {
				bold++
			}
			if !slices.Contains(allowed, n.Kind()) || bold > 1 {
				t.Errorf("%q has a %s:\n%s", s, n.Kind(), document)
				return ast.WalkStop, nil
			}
			return ast.WalkContinue, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
