package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/fault"
)

// goTemplate is a Go template (https://pkg.go.dev/text/template).
type goTemplate struct {
	w        *bufio.Writer
	template *template.Template
	terminal bool
}

func newTemplate(w *bufio.Writer, o Options, env Env) (*goTemplate, error) {
	t, err := template.New("--template").Funcs(templateFuncs(env)).Parse(o.Template)
	if err != nil {
		return nil, templateError("parse", err)
	}
	return &goTemplate{w: w, template: t, terminal: env.Terminal}, nil
}

// run writes the result, with a newline at its end.
func (t *goTemplate) run(v any) error {
	var buf bytes.Buffer
	v = integers(v)
	if err := t.template.Execute(&buf, v); err != nil {
		return templateError("run", err)
	}
	text := buf.String()
	if err := t.checkListing(v, text); err != nil {
		return err
	}
	if text == "" {
		return nil
	}
	if t.terminal {
		text = SafeLines(text)
	}
	return writeAll(t.w, []byte(strings.TrimSuffix(text, "\n")), []byte("\n"))
}

// checkListing refuses a template for the items of a listing that ran on the
// listing as a whole, which lacks their fields.
func (t *goTemplate) checkListing(v any, text string) error {
	document, ok := v.(map[string]any)
	if _, listing := document["items"]; !ok || !listing || !strings.Contains(text, "<no value>") {
		return nil
	}
	strict, err := t.template.Clone()
	if err != nil {
		return fault.Wrap(fault.Bug, err, "copying the template")
	}
	if err := strict.Option("missingkey=error").Execute(io.Discard, v); err != nil {
		return templateError("run", err).WithHint("a listing is one document: use {{range .items}}, or add -o ndjson to run the template for each item")
	}
	return nil
}

// templateError says where a template fails, without the words of the library.
func templateError(doing string, err error) *fault.Error {
	text := strings.TrimPrefix(err.Error(), "template: --template:")
	return fault.New(fault.Usage, "cannot %s --template: line %s", doing, strings.Replace(text, `executing "--template" at`, "at", 1))
}

// integers makes whole numbers comparable in templates; others stay exact text.
func integers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			v[k] = integers(child)
		}
	case []any:
		for i, child := range v {
			v[i] = integers(child)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
	}
	return v
}

// templateFuncs are the functions that templates have beside the built-in
// ones. The piped value comes last. None of them reads files or the environment.
func templateFuncs(env Env) template.FuncMap {
	return template.FuncMap{
		"ago":      func(v any) (string, error) { return withTime(v, func(t time.Time) string { return ago(t, env.Now) }) },
		"bytes":    func(v any) string { return body{"file_length": v}.size() },
		"contains": func(part, s string) bool { return strings.Contains(s, part) },
		"date": func(layout string, v any) (string, error) {
			return withTime(v, func(t time.Time) string { return t.In(env.Location).Format(layout) })
		},
		"default": orDefault,
		"join":    joinValues,
		"json": func(v any) (string, error) {
			b, err := encodeJSON(v, "", "")
			return string(b), err
		},
		"lower":   strings.ToLower,
		"pad":     func(width int, v any) string { return pad(fmt.Sprint(v), width) },
		"replace": func(old, with, s string) string { return strings.ReplaceAll(s, old, with) },
		"safe":    func(v any) string { return Safe(fmt.Sprint(v)) },
		"short": func(v any) (string, error) {
			return withTime(v, func(t time.Time) string { return ShortTime(t, env.Now, env.Location) })
		},
		"trim":     strings.TrimSpace,
		"truncate": func(width int, v any) string { return displaywidth.TruncateString(Safe(fmt.Sprint(v)), width, "…") },
		"upper":    strings.ToUpper,
	}
}

// withTime reads a time as the data has it; null gives "".
func withTime(v any, show func(time.Time) string) (string, error) {
	s, ok := v.(string)
	if !ok {
		if v == nil {
			return "", nil
		}
		return "", fmt.Errorf("%v is not a time", v)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return "", fmt.Errorf("%q is not a time", s)
	}
	return show(t), nil
}

// orDefault is v unless that is empty.
func orDefault(instead, v any) any {
	if truth, ok := template.IsTrue(v); ok && truth {
		return v
	}
	return instead
}

func joinValues(separator string, v any) (string, error) {
	list, ok := v.([]any)
	if !ok && v != nil {
		return "", fmt.Errorf("join wants a list, not %T", v)
	}
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = fmt.Sprint(item)
	}
	return strings.Join(texts, separator), nil
}

// pad fills s with spaces up to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(min(width, 1000)-displaywidth.String(s), 0))
}

// ago returns how long before now t was: 3 hours ago, 2 days from now; "" for
// the zero time.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return humanize.RelTime(t, now, "ago", "from now")
}
