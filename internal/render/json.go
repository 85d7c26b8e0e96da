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
	if indent != "" {
		enc.SetIndent(prefix, indent)
	}
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// forTerminal escapes what JSON lets through and a terminal might obey. The
// result is the same JSON value.
func forTerminal(b []byte, terminal bool) []byte {
	if !terminal {
		return b
	}
	return []byte(escapeJSON(string(b)))
}

// jsonDocument is {"items":[...],"next_cursor":""}, written as pages arrive.
type jsonDocument[T any] struct {
	w        *bufio.Writer
	terminal bool
	started  bool
}

func (d *jsonDocument[T]) page(items []T) error {
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

func (d *jsonDocument[T]) close(next string) error {
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

func (d *jsonDocument[T]) one(item T) error {
	b, err := encodeJSON(item, "", "  ")
	if err != nil {
		return err
	}
	return writeAll(d.w, forTerminal(b, d.terminal), []byte("\n"))
}

// jsonLines is one compact object a line.
type jsonLines[T any] struct {
	w        *bufio.Writer
	terminal bool
}

func (l *jsonLines[T]) page(items []T) error {
	for _, item := range items {
		if err := l.one(item); err != nil {
			return err
		}
	}
	return nil
}

func (l *jsonLines[T]) close(string) error { return nil }

func (l *jsonLines[T]) one(item T) error {
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
