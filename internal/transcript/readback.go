package transcript

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/redact"
)

// written is what a document has of an entry, for checking the document.
type written struct {
	id, from string
	label    bool // its text, which is the first of the entry, is a description
	event    bool // its text has no words of a user
	beside   bool // a file, which a line after the message's own names
	marks    int  // lines of text after these
}

func (e *entry) written() written {
	marks := len(e.Marks)
	if e.File != nil && e.File.Problem != "" {
		marks++
	}
	beside := e.File != nil && e.File.Problem == ""
	return written{e.ID, e.From, e.Label, e.Class == "event" || e.Class == "bad", beside, marks}
}

// check reads a document and looks for what redaction took out of its entries.
func (w *writer) check(name string, entries []written) error {
	f, err := os.Open(filepath.Join(w.dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	n := 0
	each := func(texts ...string) error {
		n++
		if n > len(entries) || entries[n-1].event {
			return nil
		}
		e := entries[n-1]
		for i, text := range texts {
			shown := redact.Shown{Message: e.id, From: e.from, Field: "text", Text: text, Label: e.label && i == 0}
			if err := w.options.Redactor.Check(shown); err != nil {
				return err
			}
		}
		return nil
	}
	switch w.options.Format {
	case HTML:
		err = readPage(f, each)
	default:
		err = readLines(f, w.options.Format == Markdown, func(lines []string) error {
			name := ""
			if n < len(entries) {
				lines = lines[:max(0, len(lines)-entries[n].marks)]
				if last := len(lines) - 1; last >= 0 && entries[n].beside {
					lines, name = lines[:last], strings.TrimPrefix(lines[last], fileLine)
				}
			}
			return each(strings.Join(lines, "\n"), name)
		})
	}
	if err == nil && n != len(entries) {
		err = fmt.Errorf("%s has %d messages, and %d were written", name, n, len(entries))
	}
	return err
}

// fileLine is how lines name a file beside the document.
const fileLine = "file: " + filesFolder + "/"

// readLines reads the lines of each entry of a document of text or Markdown.
func readLines(r io.Reader, markdown bool, each func(lines []string) error) error {
	var lines []string
	inside := false
	end := func() error {
		entry := lines
		lines = nil
		if !inside {
			return nil
		}
		inside = false
		return each(entry)
	}
	unescape := strings.NewReplacer("&nbsp;", " ", `\\`, `\`, `\&`, "&", `\`, "")
	for line, err := range fsutil.Lines(r) {
		if err != nil {
			return err
		}
		text, indented := strings.CutPrefix(string(line.Text), "    ")
		switch {
		case markdown && !inside && strings.HasPrefix(string(line.Text), "**"):
			inside = true
			continue
		case markdown && inside && len(line.Text) > 0:
			text = unescape.Replace(text) // which drops the break at the end
		case !markdown && indented:
			inside = true
		default:
			if err := end(); err != nil {
				return err
			}
			continue
		}
		lines = append(lines, text)
	}
	return end()
}

// readPage reads the texts of each entry of an HTML document: all of it but what
// roamctl itself says of the message.
func readPage(r io.Reader, each func(texts ...string) error) error {
	z := html.NewTokenizer(r)
	var p pageReader
	for {
		if z.Next() == html.ErrorToken {
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return err
			}
			return nil
		}
		if p.read(z.Token()) {
			if err := each(p.texts...); err != nil {
				return err
			}
			p.texts = nil
		}
	}
}

// pageReader is where the reader of an HTML document is.
type pageReader struct {
	depth int  // of open elements in an entry; 0 outside
	skip  int  // the depth of the element that is skipped; 0 for none
	path  bool // the text that follows is a file's path
	texts []string
}

// read takes a token, and reports whether an entry ends with it.
func (p *pageReader) read(t html.Token) bool {
	if p.depth == 0 && (t.Type != html.StartTagToken || t.Data != "article") {
		return false
	}
	path := p.path
	p.path = t.Type == html.StartTagToken && (t.Data == "a" || t.Data == "span")
	switch t.Type {
	case html.StartTagToken, html.SelfClosingTagToken:
		if t.Type == html.StartTagToken && t.Data != "img" { // which has no end
			p.depth++
		}
		if p.skip == 0 && isOwn(t) {
			p.skip = p.depth
		}
		if p.skip == 0 {
			p.texts = append(p.texts, attributes(t)...)
		}
	case html.EndTagToken:
		if p.depth == p.skip {
			p.skip = 0
		}
		p.depth--
		return p.depth == 0
	default:
		text := t.Data
		if path {
			text = strings.TrimPrefix(text, filesFolder+"/")
		}
		if p.skip == 0 {
			p.texts = append(p.texts, text)
		}
	}
	return false
}

// isOwn reports whether an element of an entry has what roamctl says of the message:
// who sent it and when, its ID, and what became of it.
func isOwn(t html.Token) bool {
	for _, a := range t.Attr {
		if a.Key == "class" && slices.Contains([]string{"who", "mark"}, a.Val) {
			return true
		}
	}
	return t.Data == "details" || t.Data == "time"
}

// attributes are those of an element that may have words of a user.
func attributes(t html.Token) (values []string) {
	for _, a := range t.Attr {
		switch a.Key {
		case "alt", "aria-label", "title":
			values = append(values, a.Val)
		case "href", "src":
			if path, err := url.PathUnescape(a.Val); err == nil && !strings.HasPrefix(path, "data:") {
				values = append(values, strings.TrimPrefix(path, filesFolder+"/"))
			}
		}
	}
	return values
}
