package transcript

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// No sender can write a message or name a file so that a redacted transcript is refused:
// each of these was, as its document shows it otherwise than the message has it.
func TestNoMessageStopsRedaction(t *testing.T) {
	rules, err := redact.Parse([]byte("words: [hey]\nregexps: ['^\\d{3}$']\nallow: {fields: [file_names, attachments]}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []source.Message
	for _, s := range []string{
		"13800138000\u202e\ufffd13800138000", // two numbers once the character between them is visible
		"110105 19491231 002x\xff2001:db8::1",
		"file: files/138", "files/138", // how documents name files
		`138\`, `&nbsp;+86` + "\r\n&nbsp;12:00:00 bob", // what Markdown escapes
		"%318000110105 19491231 002x<article>", // what URLs escape
		"[x]138",                               // how documents describe messages
		"12:00:00  bob (1)+86",                 // a number across two lines
	} {
		id := roaming.MessageID(len(all) + 1)
		all = append(all, text(id, noon, "bob", s), file(id+1, noon, "png", s))
	}
	for _, f := range Formats() {
		o := options(f)
		o.Attachments, o.Redactor = Beside, redact.New(rules, redact.Options{})
		if _, err := Write(t.Context(), held{messages: all, files: map[string]string{"png": "\x89PNG\r\n\x1a\n"}}, filepath.Join(t.TempDir(), "out"), o); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// A link to a file leads to it, whatever its sender called it.
func TestLinksToFiles(t *testing.T) {
	o := options(HTML)
	o.Attachments = Beside
	dir := filepath.Join(t.TempDir(), "out")
	src := held{messages: []source.Message{file(1, noon, "a", "100%31 #1?.pdf")}, files: map[string]string{"a": "%PDF-1.4"}}
	if _, err := Write(t.Context(), src, dir, o); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "chat-bob.html"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `href="files/100%2531%20%231_.pdf"`; !strings.Contains(string(page), want) {
		t.Errorf("no %s in the page:\n%s", want, page)
	}
}
