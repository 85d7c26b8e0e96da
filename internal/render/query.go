package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/itchyny/gojq"

	"github.com/roamctl/roamctl/internal/fault"
)

// query runs a jq expression: on each item of NDJSON as it comes, and on the
// whole document of JSON, which is therefore held in memory until the end.
type query[T any] struct {
	w        *bufio.Writer
	code     *gojq.Code
	lines    bool
	terminal bool
	items    []any
}

// newQuery compiles the expression. It can read neither files nor the environment.
func newQuery[T any](w *bufio.Writer, o Options, env Env) (*query[T], error) {
	parsed, err := gojq.Parse(o.JQ)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "reading --jq %q", o.JQ)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "reading --jq %q", o.JQ)
	}
	return &query[T]{w: w, code: code, lines: o.Format == NDJSON, terminal: env.Terminal, items: []any{}}, nil
}

func (q *query[T]) page(items []T) error {
	for _, item := range items {
		if q.lines {
			if err := q.one(item); err != nil {
				return err
			}
			continue
		}
		v, err := plain(item)
		if err != nil {
			return err
		}
		q.items = append(q.items, v)
	}
	return nil
}

func (q *query[T]) close(next string) error {
	if q.lines {
		return nil
	}
	return q.run(map[string]any{"items": q.items, "next_cursor": next})
}

func (q *query[T]) one(item T) error {
	v, err := plain(item)
	if err != nil {
		return err
	}
	return q.run(v)
}

func (q *query[T]) run(v any) error {
	results := q.code.Run(v)
	for {
		result, ok := results.Next()
		if !ok {
			return nil
		}
		if err, failed := result.(error); failed {
			if halt, ok := err.(*gojq.HaltError); ok && halt.Value() == nil { //nolint:errorlint // as gojq documents it
				return nil
			}
			return fault.Wrap(fault.Usage, err, "running --jq")
		}
		if err := q.print(result); err != nil {
			return err
		}
	}
}

// print writes a string as it is and everything else as JSON.
func (q *query[T]) print(v any) error {
	if s, ok := v.(string); ok {
		if q.terminal {
			s = SafeLines(s)
		}
		return writeAll(q.w, []byte(s), []byte("\n"))
	}
	b, err := gojq.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing the result of --jq: %w", err)
	}
	if !q.lines {
		b = indented(b, "", "  ")
	}
	return writeAll(q.w, forTerminal(b, q.terminal), []byte("\n"))
}

// plain is v as maps, slices and exact numbers, by its JSON form.
func plain(v any) (any, error) {
	b, err := encodeJSON(v, "", "")
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("reading JSON back: %w", err)
	}
	return out, nil
}
