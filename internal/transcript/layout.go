package transcript

import (
	"fmt"
	"io"
	"strings"

	"github.com/roamctl/roamctl/internal/render"
)

// layout writes a document, or parts of it, in a format.
type layout interface {
	head(h head) error
	day(d day) error
	entry(e entry) error
	edge(text string) error
	end() error  // of the messages
	foot() error // of the document
	index(common []field, all []head) error
}

func (w *writer) layout(out io.Writer) layout {
	switch w.options.Format {
	case HTML:
		return &page{w: out, templates: w.templates}
	case Markdown:
		return &lines{w: out, markdown: true}
	default:
		return &lines{w: out}
	}
}

func (w *writer) writeIndex() error {
	return w.file("index"+w.options.Format.ending(), func(out io.Writer) error {
		counts := render.Count(len(w.index), "conversation") + ", " + render.Count(w.result.Messages, "message")
		return w.layout(out).index(append(common(w.src.About(), w.options), field{"Counts", counts}), w.index)
	})
}

// lines writes text or Markdown.
type lines struct {
	w        io.Writer
	markdown bool
}

// text is a stranger's text in a line.
func (l *lines) text(s string) string {
	if l.markdown {
		return escapeMarkdown(s)
	}
	return s
}

func (l *lines) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(l.w, format, args...)
	return err
}

func (l *lines) heading(level int, title string) error {
	if l.markdown {
		return l.printf("%s %s\n\n", strings.Repeat("#", level), l.text(title))
	}
	return l.printf("%s\n%s\n\n", title, strings.Repeat(map[bool]string{true: "=", false: "-"}[level == 1], 60))
}

func (l *lines) fields(all []field) error {
	for _, f := range all {
		format := "%-18s %s\n"
		if l.markdown {
			format = "- **%s:** %s\n"
		}
		if err := l.printf(format, f.Name, l.text(f.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (l *lines) head(h head) error {
	if err := l.heading(1, h.Title); err != nil {
		return err
	}
	all := h.Fields
	for _, g := range h.Gaps {
		all = append(all, field{"May be missing", g})
	}
	if err := l.fields(all); err != nil {
		return err
	}
	return l.printf("\n")
}

func (l *lines) day(d day) error { return l.heading(2, d.Title) }

func (l *lines) entry(e entry) error {
	from := e.From
	if e.ID != "" {
		from += " (" + e.ID + ")"
	}
	text := e.Text
	if e.File != nil {
		text += "\n" + e.File.caption()
	}
	for _, m := range e.Marks {
		text += "\n[" + strings.Trim(m.String(), "[]") + "]"
	}
	for _, f := range e.Forms {
		text += "\n[" + f.Label + "]\n    " + strings.ReplaceAll(f.Text, "\n", "\n    ")
	}
	if !l.markdown {
		text = strings.ReplaceAll(strings.Trim(text, "\n"), "\n", "\n    ")
		return l.printf("%s  %s\n    %s\n\n", e.Clock, from, text)
	}
	var parts []string
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		line = l.text(line)
		if line == "" {
			line = "&nbsp;"
		}
		parts = append(parts, line)
	}
	return l.printf("**%s %s**\\\n%s\n\n", l.text(e.Clock), l.text(from), strings.Join(parts, "\\\n"))
}

func (l *lines) edge(text string) error {
	if l.markdown {
		return l.printf("*%s*\n\n", text)
	}
	return l.printf("(%s)\n\n", text)
}

func (l *lines) end() error  { return nil }
func (l *lines) foot() error { return nil }

func (l *lines) index(common []field, all []head) error {
	if err := l.heading(1, "Transcript"); err != nil {
		return err
	}
	if err := l.fields(common); err != nil {
		return err
	}
	for _, h := range all {
		if err := l.printf("\n"); err != nil {
			return err
		}
		if err := l.fields([]field{{"File", h.File}, {"Conversation", h.Title}, {"Messages", fmt.Sprint(h.Messages)}, {"Days", h.Range}, {"Messages' SHA-256", h.Digest}}); err != nil {
			return err
		}
	}
	return nil
}
