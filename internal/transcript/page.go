package transcript

import (
	"embed"
	"html/template"
	"io"
)

// sectionSize is how many messages a section has. Browsers lay out only the sections
// that are in view.
const sectionSize = 100

//go:embed page.gohtml
var pageFile embed.FS

// page writes HTML. Every text goes through html/template.
type page struct {
	w         io.Writer
	templates *template.Template
	inSection int // messages of the open section; 0 for none
}

// pageTemplates parses the templates. A set is used for all documents, since
// html/template works out the escaping of each at its first use.
func pageTemplates() (*template.Template, error) { return template.ParseFS(pageFile, "page.gohtml") }

func (p *page) run(name string, data any) error {
	return p.templates.ExecuteTemplate(p.w, name, data)
}

func (p *page) head(h head) error { return p.run("head", h) }

func (p *page) day(d day) error {
	if err := p.end(); err != nil {
		return err
	}
	if err := p.open(); err != nil {
		return err
	}
	return p.run("day", d)
}

func (p *page) open() error {
	p.inSection = 1
	_, err := io.WriteString(p.w, "<section>\n")
	return err
}

func (p *page) edge(text string) error { return p.run("edge", text) }

func (p *page) entry(e entry) error {
	if p.inSection > sectionSize {
		if err := p.end(); err != nil {
			return err
		}
		if err := p.open(); err != nil {
			return err
		}
	}
	p.inSection++
	return p.run("entry", e)
}

// end closes the open section.
func (p *page) end() error {
	if p.inSection == 0 {
		return nil
	}
	p.inSection = 0
	_, err := io.WriteString(p.w, "</section>\n")
	return err
}

func (p *page) foot() error { return p.run("foot", nil) }

func (p *page) index(common []field, all []head) error {
	return p.run("index", struct {
		Fields []field
		All    []head
	}{common, all})
}
