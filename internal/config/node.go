package config

import (
	"fmt"
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"
)

// pairs yields the keys and values of a mapping, and follows aliases. Other
// nodes have none.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			value := n.Content[i+1]
			if value.Kind == yaml.AliasNode {
				value = value.Alias
			}
			if !yield(n.Content[i], value) {
				return
			}
		}
	}
}

func child(n *yaml.Node, key string) *yaml.Node {
	for k, v := range pairs(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// index returns the position of a key in a mapping's Content, or -1.
func index(n *yaml.Node, key string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// put returns the value of a key in a mapping, and adds the key if it is
// missing. It replaces an alias by a copy, so that the anchor's other uses do
// not change.
func put(n *yaml.Node, key string) *yaml.Node {
	if i := index(n, key); i >= 0 {
		if n.Content[i+1].Kind == yaml.AliasNode {
			n.Content[i+1] = copyNode(n.Content[i+1].Alias)
		}
		return n.Content[i+1]
	}
	if len(n.Content) == 0 {
		n.Style = 0 // an empty mapping is written as {}; its additions are not
	}
	k, v := &yaml.Node{}, &yaml.Node{}
	k.SetString(key)
	n.Content = append(n.Content, k, v)
	return v
}

func drop(n *yaml.Node, key string) {
	if n == nil {
		return
	}
	if i := index(n, key); i >= 0 {
		n.Content = slices.Delete(n.Content, i, i+2)
	}
}

// copyNode returns a deep copy without the anchor.
func copyNode(n *yaml.Node) *yaml.Node {
	c := *n
	c.Anchor, c.Content = "", nil
	for _, part := range n.Content {
		c.Content = append(c.Content, copyNode(part))
	}
	return &c
}

// mapping makes n a mapping unless it is one.
func mapping(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		n.Kind, n.Tag, n.Value, n.Style = yaml.MappingNode, "!!map", "", 0
	}
	return n
}

func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "")
}

// uniqueKeys refuses a node that is not a mapping of plain, unique keys.
func uniqueKeys(n *yaml.Node, what string) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: %s is not a list of keys with values", n.Line, what)
	}
	seen := map[string]bool{}
	for key := range pairs(n) {
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			return fmt.Errorf("line %d: a key of %s is there twice or is not plain text", key.Line, what)
		}
		seen[key.Value] = true
	}
	return nil
}
