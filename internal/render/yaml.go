package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlDocument is the same document as JSON's, in YAML, written as pages arrive.
type yamlDocument struct {
	w        *bufio.Writer
	terminal bool
	started  bool
}

func (d *yamlDocument) page(items []any) error {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, item := range items {
		node, err := d.node(item)
		if err != nil {
			return err
		}
		list.Content = append(list.Content, node)
	}
	if !d.started {
		d.started = true
		if _, err := d.w.WriteString("items:\n"); err != nil {
			return err
		}
	}
	return d.encode(list)
}

func (d *yamlDocument) close(next string) error {
	if !d.started {
		if _, err := d.w.WriteString("items: []\n"); err != nil {
			return err
		}
	}
	node, err := d.node(map[string]string{"next_cursor": next})
	if err != nil {
		return err
	}
	return d.encode(node)
}

func (d *yamlDocument) one(item any) error {
	node, err := d.node(item)
	if err != nil {
		return err
	}
	return d.encode(node)
}

func (d *yamlDocument) encode(node *yaml.Node) error {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(node), enc.Close()); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	// What is escaped here stands in double quotes, where YAML knows the
	// escapes that JSON knows.
	_, err := d.w.Write(forTerminal(buf.Bytes(), d.terminal))
	return err
}

// node is a value by its JSON form, so that both formats agree on names, order
// and exact numbers.
func (d *yamlDocument) node(v any) (*yaml.Node, error) {
	b, err := encodeJSON(v, "", "")
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return d.read(dec, 1)
}

func (d *yamlDocument) read(dec *json.Decoder, depth int) (*yaml.Node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return d.readNested(dec, t, depth)
	case string:
		return d.text(t), nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: t.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatBool(t)}, nil
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}, nil
	}
}

func (d *yamlDocument) readNested(dec *json.Decoder, open json.Delim, depth int) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	if open == '[' {
		node.Kind = yaml.SequenceNode
	}
	for dec.More() {
		child, err := d.read(dec, depth+1)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, child)
	}
	if len(node.Content) == 0 || depth > deepestIndent {
		node.Style = yaml.FlowStyle // on one line, [] and {} too
	}
	if _, err := dec.Token(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return node, nil
}

// text is a string that stays one, quoted where a terminal needs escapes and
// where a reader of YAML 1.1 would take it for something else.
func (d *yamlDocument) text(s string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if escapeJSON(s) != s || isOtherInYAML11(s) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// isOtherInYAML11 reports whether YAML 1.1 may not read s as a string
// (https://yaml.org/type/): it has more words and forms of numbers than YAML
// 1.2, for which the encoder quotes. A string of the characters of numbers and
// times is quoted even if it is neither.
func isOtherInYAML11(s string) bool {
	switch strings.TrimLeft(strings.ToLower(s), "+-") {
	case "", "y", "yes", "n", "no", "on", "off", "true", "false", "null", "~", "<<", "=", ".inf", ".nan":
		return true
	}
	return strings.ContainsAny(s, "0123456789") && strings.IndexByte("0123456789+-.", s[0]) >= 0 &&
		strings.Trim(s, "0123456789+-.,:_abcdefxoABCDEFXTtZz \t") == ""
}
