package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/itchyny/gojq"

	"github.com/roamctl/roamctl/internal/fault"
)

// program runs a jq expression or a Go template: on each item of NDJSON as it
// comes, and on the whole document of JSON, which it holds in memory until the
// end.
type program struct {
	run   func(any) error
	lines bool
	items []any
}

func newProgram(o Options, run func(any) error) *program {
	return &program{run: run, lines: o.Format == NDJSON, items: []any{}}
}

func (p *program) page(items []any) error {
	for _, item := range items {
		if p.lines {
			if err := p.one(item); err != nil {
				return err
			}
			continue
		}
		v, err := plain(item)
		if err != nil {
			return err
		}
		p.items = append(p.items, v)
	}
	return nil
}

func (p *program) close(next string) error {
	if p.lines {
		return nil
	}
	return p.run(map[string]any{"items": p.items, "next_cursor": next})
}

func (p *program) one(item any) error {
	v, err := plain(item)
	if err != nil {
		return err
	}
	return p.run(v)
}

// query is a jq expression.
type query struct {
	w        *bufio.Writer
	code     *gojq.Code
	lines    bool
	terminal bool
}

// newQuery compiles the expression. It can read neither files nor the environment.
func newQuery(w *bufio.Writer, o Options, env Env) (*query, error) {
	parsed, err := gojq.Parse(o.JQ)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "cannot parse --jq %q", o.JQ)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "cannot parse --jq %q", o.JQ)
	}
	return &query{w: w, code: code, lines: o.Format == NDJSON, terminal: env.Terminal}, nil
}

func (q *query) run(v any) error {
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
			return fault.Wrap(fault.Usage, err, "cannot run --jq")
		}
		if err := q.print(result); err != nil {
			return err
		}
	}
}

// print writes a string as it is and everything else as JSON.
func (q *query) print(v any) error {
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
