package transcript

import (
	"fmt"
	"io"
	"strings"
)

// layout writes a document, or parts of it, in a format.
type layout interface {
	head(h head) error
	day(d day) error
	entry(e entry) error
	end() error  // of the messages
	foot() error // of the document
	index(common []field, all []head) error
}

func newLayout(f Format, w io.Writer) layout {
	switch f {
	case HTML:
		return &page{w: w}
	case Markdown:
		return &lines{w: w, markdown: true}
	default:
		return &lines{w: w}
	}
}

func (w *writer) writeIndex() error {
	return w.file("index"+w.options.Format.ending(), func(out io.Writer) error {
		return newLayout(w.options.Format, out).index(common(w.src.About(), w.options), w.index)
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
		text += "\n[" + strings.Trim(m, "[]") + "]"
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
		if err := l.fields([]field{{"File", h.File}, {"Conversation", h.Title}, {"Messages", fmt.Sprint(h.Messages)}, {"Messages' SHA-256", h.Digest}}); err != nil {
			return err
		}
	}
	return nil
}

// escapeMarkdown makes text mean nothing in CommonMark and in GitHub's Markdown: no
// emphasis, code, link, picture, HTML, table or list.
func escapeMarkdown(s string) string {
	var b strings.Builder
	start, first := true, true // only white space and digits so far, and only white space
	for i, r := range s {
		switch {
		case (r == ' ' || r == '\t') && strings.TrimLeft(s[:i], " \t") == "":
			b.WriteString("&nbsp;")
			continue
		case strings.ContainsRune("\\`*_[]<>#|~&!:@$^{}", r),
			start && strings.ContainsRune(".)", r), first && strings.ContainsRune("-+=", r),
			r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteByte('\\')
		}
		start, first = start && r >= '0' && r <= '9', false
		b.WriteRune(r)
	}
	return b.String()
}
