package redact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document returns the top of the only YAML document; nil for an empty one.
func document(raw []byte) (*yaml.Node, error) {
	var top, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(raw))
	err := d.Decode(&top)
	if errors.Is(err, io.EOF) || err == nil && len(top.Content) == 0 {
		return nil, nil
	}
	if err != nil { // the parser quotes the file
		line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "yaml: "), ":")
		if !strings.HasPrefix(line, "line ") {
			line = "line 1"
		}
		return nil, errors.New(line + ": it is not YAML")
	}
	if !errors.Is(d.Decode(&second), io.EOF) {
		return nil, errors.New("there is more than one YAML document")
	}
	return top.Content[0], nil
}

// members calls the function for each member of a mapping. A member that is not known,
// or is given twice, is an error.
func members(n *yaml.Node, known map[string]func(*yaml.Node) error) error {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a mapping is required", n.Line)
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		read, ok := known[key.Value]
		if !ok {
			var names []string
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			return fmt.Errorf("line %d: unknown key %.40q: there are %s", key.Line, key.Value, strings.Join(names, ", "))
		}
		if seen[key.Value] {
			return fmt.Errorf("line %d: %s is given twice", key.Line, key.Value)
		}
		seen[key.Value] = true
		if err := read(n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// choose adds s to the values, if it is a known one. what names them in errors.
func choose[T ~string](to *[]T, known []T, s, what string) error {
	if !slices.Contains(known, T(s)) {
		var names []string
		for _, k := range known {
			names = append(names, string(k))
		}
		return fmt.Errorf("unknown %s %.40q: there are %s", what, s, strings.Join(names, ", "))
	}
	*to = append(*to, T(s))
	return nil
}

// list calls add for each text of a list, which has no more than most entries.
func list(n *yaml.Node, most int, add func(string) error) error {
	if n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return fmt.Errorf("line %d: a list is required", n.Line)
	}
	if len(n.Content) > most {
		return fmt.Errorf("line %d: the list has more than %d entries", n.Line, most)
	}
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode || item.Value == "" {
			return fmt.Errorf("line %d: a text is required; put quotes around it", item.Line)
		}
		if len([]rune(item.Value)) > maxLength {
			return fmt.Errorf("line %d: it has more than %d characters", item.Line, maxLength)
		}
		if err := add(item.Value); err != nil {
			return fmt.Errorf("line %d: %w", item.Line, err)
		}
	}
	return nil
}
