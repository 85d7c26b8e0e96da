package transcript

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/redact"
)

// A document that has what the rules take is found out in every format, wherever in an
// entry it is; what roamctl says of a message, and its sender's ID, is not looked at.
func TestDocumentsAreReadBack(t *testing.T) {
	rules, err := redact.Parse([]byte("words: [edited, 13800138001]"), func(s string) (query.Query, error) { return query.Parse(s, query.Times{}) })
	if err != nil {
		t.Fatal(err)
	}
	templates, err := pageTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Formats() {
		for text, survives := range map[string]bool{
			"see you": false, "13800138000": true, "line\n138 0013 8000": true, "a *b* &lt; 1\u200b38": false,
			"** 138-0013-8000 **": true, "[edited: 138-0013-8000]": true,
		} {
			w := &writer{dir: t.TempDir(), templates: templates, options: Options{Format: f, Redactor: redact.New(rules, redact.Options{})}}
			e := entry{ID: "42", From: "13800138001", Kind: "txt", Clock: "10:00:00", Day: "2026-11-30", Text: text, Marks: []mark{{"edited", "by 13800138001"}}, New: true}
			file, err := os.Create(filepath.Join(w.dir, "a"))
			if err != nil {
				t.Fatal(err)
			}
			l := w.layout(file)
			for _, err := range []error{l.head(head{Title: "13800138001"}), l.day(day{"d", "edited"}), l.entry(e), l.entry(e), l.end(), l.foot(), file.Close()} {
				if err != nil {
					t.Fatal(err)
				}
			}
			err = w.check("a", []written{e.written(), e.written()})
			if (fault.KindOf(err) == fault.Safety) != survives || err != nil && (strings.Contains(err.Error(), "8000") || !strings.Contains(err.Error(), "message 42")) {
				t.Errorf("%s of %q: %v", f, text, err)
			}
			if err := w.check("a", []written{e.written()}); !survives && err == nil {
				t.Errorf("%s of %q: another number of messages is not found out", f, text)
			}
		}
	}
}
