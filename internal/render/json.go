package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
)

// encodeJSON is v as JSON without HTML escaping and without a final newline.
// An indent of "" gives one line; prefix starts every line but the first.
func encodeJSON(v any, prefix, indent string) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	b := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if indent == "" {
		return b, nil
	}
	return indented(b, prefix, indent), nil
}

// deepestIndent is how many levels are indented. Extensions can be nested
// thousands of levels deep, and a line's indentation grows with each: what is
// nested deeper stands on one line.
const deepestIndent = 16

// indented is compact JSON over several lines: the bytes of json.Indent down to
// deepestIndent levels.
func indented(b []byte, prefix, indent string) []byte {
	out := make([]byte, 0, 2*len(b))
	depth := 0
	newline := func() {
		out = append(append(out, '\n'), prefix...)
		for range depth {
			out = append(out, indent...)
		}
	}
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			end := i + quotedLen(b[i:])
			out = append(out, b[i:end]...)
			i = end - 1
		case c == '{' || c == '[':
			out = append(out, c)
			depth++
			if depth <= deepestIndent && !closes(b[i+1]) {
				newline()
			}
		case closes(c):
			depth--
			if depth < deepestIndent && b[i-1] != '{' && b[i-1] != '[' {
				newline()
			}
			out = append(out, c)
		case c == ',' && depth <= deepestIndent:
			out = append(out, c)
			newline()
		case c == ':' && depth <= deepestIndent:
			out = append(out, ": "...)
		default:
			out = append(out, c)
		}
	}
	return out
}

func closes(c byte) bool { return c == '}' || c == ']' }

// quotedLen is the length of the JSON string that b begins with.
func quotedLen(b []byte) int {
	for i := 1; ; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// forTerminal escapes what JSON lets through and a terminal might obey. The
// result is the same JSON value.
func forTerminal(b []byte, terminal bool) []byte {
	if !terminal {
		return b
	}
	return []byte(escapeJSON(string(b)))
}

// newDataEncoder is the encoder of JSON, NDJSON or YAML, or of what a jq expression or
// a template makes of it.
func newDataEncoder(w *bufio.Writer, o Options, env Env) (encoder[any], error) {
	switch {
	case o.JQ != "":
		q, err := newQuery(w, o, env)
		if err != nil {
			return nil, err
		}
		return newProgram(o, q.run), nil
	case o.Template != "":
		t, err := newTemplate(w, o, env)
		if err != nil {
			return nil, err
		}
		return newProgram(o, t.run), nil
	case o.Format == JSON:
		return &jsonDocument{w: w, terminal: env.Terminal}, nil
	case o.Format == NDJSON:
		return &jsonLines{w: w, terminal: env.Terminal}, nil
	default:
		return &yamlDocument{w: w, terminal: env.Terminal}, nil
	}
}

// values encodes what a view's JSON makes of the items.
type values[T any] struct {
	encoder[any]

	json func(T) any // nil for the items themselves
}

func (v values[T]) page(items []T) error {
	all := make([]any, len(items))
	for i, item := range items {
		all[i] = v.value(item)
	}
	return v.encoder.page(all)
}

func (v values[T]) one(item T) error { return v.encoder.one(v.value(item)) }

func (v values[T]) value(item T) any {
	if v.json == nil {
		return item
	}
	return v.json(item)
}

// jsonDocument is {"items":[...],"next_cursor":""}, written as pages arrive.
type jsonDocument struct {
	w        *bufio.Writer
	terminal bool
	started  bool
}

func (d *jsonDocument) page(items []any) error {
	for _, item := range items {
		b, err := encodeJSON(item, "    ", "  ")
		if err != nil {
			return err
		}
		open := ",\n    "
		if !d.started {
			d.started, open = true, "{\n  \"items\": [\n    "
		}
		if err := writeAll(d.w, []byte(open), forTerminal(b, d.terminal)); err != nil {
			return err
		}
	}
	return nil
}

func (d *jsonDocument) close(next string) error {
	end := "{\n  \"items\": []"
	if d.started {
		end = "\n  ]"
	}
	cursor, err := encodeJSON(next, "", "")
	if err != nil {
		return err
	}
	return writeAll(d.w, []byte(end+",\n  \"next_cursor\": "), forTerminal(cursor, d.terminal), []byte("\n}\n"))
}

func (d *jsonDocument) one(item any) error {
	b, err := encodeJSON(item, "", "  ")
	if err != nil {
		return err
	}
	return writeAll(d.w, forTerminal(b, d.terminal), []byte("\n"))
}

// jsonLines is one compact object a line.
type jsonLines struct {
	w        *bufio.Writer
	terminal bool
}

func (l *jsonLines) page(items []any) error {
	for _, item := range items {
		if err := l.one(item); err != nil {
			return err
		}
	}
	return nil
}

func (l *jsonLines) close(string) error { return nil }

func (l *jsonLines) one(item any) error {
	b, err := encodeJSON(item, "", "")
	if err != nil {
		return err
	}
	return writeAll(l.w, forTerminal(b, l.terminal), []byte("\n"))
}

func writeAll(w *bufio.Writer, parts ...[]byte) error {
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}
