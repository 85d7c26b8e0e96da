package config

import (
	"bytes"
	"fmt"
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"
)

// names are the profiles in the order of the file.
func (d *document) names() []string {
	var names []string
	for name := range pairs(child(d.root, "profiles")) {
		names = append(names, name.Value)
	}
	return names
}

// has tells whether the profile is there.
func (d *document) has(name string) bool { return child(child(d.root, "profiles"), name) != nil }

// values are a profile's settings as they are written, without the empty ones.
func (d *document) values(name string) map[string]string {
	values := map[string]string{}
	for key, value := range pairs(child(child(d.root, "profiles"), name)) {
		if value.Kind == yaml.ScalarNode && !empty(value) {
			values[key.Value] = value.Value
		}
	}
	return values
}

// current is the profile that the file says to use, "" for none.
func (d *document) current() string {
	if n := child(d.root, "current"); n != nil && !empty(n) {
		return n.Value
	}
	return ""
}

func (d *document) setCurrent(name string) {
	if name == "" {
		drop(d.root, "current")
		return
	}
	put(d.root, "current").SetString(name)
}

// profile is a profile's mapping, made when it is not there.
func (d *document) profile(name string) *yaml.Node {
	return mapping(put(mapping(put(d.root, "profiles")), name))
}

func (d *document) set(name, key, value string) { put(d.profile(name), key).SetString(value) }

func (d *document) unset(name, key string) { drop(child(child(d.root, "profiles"), name), key) }

func (d *document) remove(name string) { drop(child(d.root, "profiles"), name) }

func (d *document) rename(from, to string) {
	for key := range pairs(child(d.root, "profiles")) {
		if key.Value == from {
			key.SetString(to)
		}
	}
}

// bytes is the document as text.
func (d *document) bytes() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(d.root); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// pairs walks a mapping's keys and values, aliases followed; other nodes have none.
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

// put is the value of key in a mapping, made when it is not there. An alias is
// replaced, so that what it stands for elsewhere does not change.
func put(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		if n.Content[i+1].Kind == yaml.AliasNode {
			n.Content[i+1] = copyNode(n.Content[i+1].Alias)
		}
		return n.Content[i+1]
	}
	if len(n.Content) == 0 {
		n.Style = 0 // an empty mapping is written as {}, and what is added is not
	}
	k, v := &yaml.Node{}, &yaml.Node{}
	k.SetString(key)
	n.Content = append(n.Content, k, v)
	return v
}

// copyNode is a deep copy without the anchor.
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

func drop(n *yaml.Node, key string) {
	if n == nil {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "")
}

// uniqueKeys refuses a node that is no mapping of plain keys, each there once.
func uniqueKeys(n *yaml.Node, what string) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: %s is not a list of keys with values", n.Line, what)
	}
	seen := map[string]bool{}
	for key := range pairs(n) {
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			return fmt.Errorf("line %d: a key of %s is there twice or is no plain word", key.Line, what)
		}
		seen[key.Value] = true
	}
	return nil
}
