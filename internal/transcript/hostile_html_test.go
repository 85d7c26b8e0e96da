package transcript

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// FuzzHTML: texts, names and IDs of strangers add no element, attribute or URL, and
// nothing to a style sheet. They end up in texts and in the names of pictures.
func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"hi", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", "data:text/html,<b>", "</style><style>*{}", "{{.}}",
		"<!--", "]]>", "&lt;b&gt;", "\u202eevil", "a\x00b\xff", "`${alert(1)}`", "https://evil.invalid/", "</section></main>",
		"@page{@top-left{content:url(https://evil.invalid/)}}", "}*{background:url(//evil.invalid)}", "\\3c script>", "' onload='alert(1)", "x style=position:fixed",
		"</title><base href=//evil.invalid>", "\u2028<plaintext>", "<svg/onload=alert(1)>", "<meta http-equiv=refresh content=0>", "JaVaScRiPt:alert(1)", "\r\n<b>",
	} {
		f.Add(s, s, s)
	}
	templates, err := pageTemplates()
	if err != nil {
		f.Fatal(err)
	}
	one := hostilePage{page: &page{templates: templates}}
	harmless := one.shape(f, "x", "", "")
	f.Fuzz(func(t *testing.T, from, body, name string) {
		if diff := cmp.Diff(harmless, one.shape(t, "x"+from, body, name)); diff != "" {
			t.Errorf("another page (-harmless +hostile):\n%s", diff)
		}
	})
}

// hostilePage writes a page that has strangers' texts wherever a page has texts.
type hostilePage struct{ *page }

// shape returns the elements of the page with their attributes, and its style sheets.
func (p hostilePage) shape(t testing.TB, from, body, name string) []string {
	t.Helper()
	m := text(1, noon, from, "x"+body)
	m.Ext = map[string]any{body: name}
	m.Reactions = []any{map[string]any{"reaction": "x" + name}}
	m.Recall = &source.Recall{By: "x" + body}
	n := file(2, noon, "png", "x"+name)
	o := options(HTML)
	o.User, o.By, o.Query.Filter.Source = "x"+name, "x"+name, "x"+body
	h := newHead(held{}.About(), roaming.Ref{User: "x" + name, Conversation: "x" + body, Type: roaming.Chat}, o)
	h.addGap(source.Gap{Reason: body})
	first, second := newEntry(m, o.User, o.Zone), newEntry(n, o.User, o.Zone)
	first.New = true
	second.File = &attached{Name: render.Safe("x" + name), Shown: "img", URL: "data:image/png;base64,"}
	third := second
	third.File = &attached{Name: render.Safe("x" + name), Problem: render.Safe("x" + body)}
	h.count(m, first)
	h.finish("00")
	var out strings.Builder
	p.w, p.inSection = &out, 0
	if err := errors.Join(
		p.head(h), p.edge("x"+body), p.day(h.day(first)), p.entry(first), p.entry(second), p.entry(third),
		p.entry(unreadable(&roaming.ItemError{Err: errors.New("x" + body)}, "")), p.end(), p.foot(), p.index(h.Fields, []head{h}),
	); err != nil {
		t.Fatal(err)
	}
	return shapeOf(out.String())
}

// shapeOf returns what a page is made of beside its texts and the names of pictures.
func shapeOf(page string) (parts []string) {
	z := html.NewTokenizer(strings.NewReader(page))
	style := false
	for z.Next() != html.ErrorToken {
		token := z.Token()
		if token.Type == html.TextToken {
			if style {
				parts = append(parts, token.Data)
			}
			continue
		}
		style = token.Type == html.StartTagToken && token.Data == "style"
		part := token.Type.String() + token.Data
		for _, a := range token.Attr {
			part += " " + a.Key
			if a.Key != "alt" && a.Key != "aria-label" {
				part += "=" + a.Val
			}
		}
		parts = append(parts, part)
	}
	return parts
}
