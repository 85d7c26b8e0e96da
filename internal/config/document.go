package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/roamctl/roamctl/internal/fault"
)

// document is the configuration file as a tree that keeps comments and order.
type document struct {
	root     *yaml.Node // a mapping
	exists   bool       // it was read from a file
	shared   bool       // others may read the file
	warnings []string   // what the file has and roamctl ignores
}

// parseDocument reads the file's text. Errors are fault.Config and name path
// and line, never a value.
func parseDocument(path string, raw []byte) (*document, error) {
	var top, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	err := dec.Decode(&top)
	if errors.Is(err, io.EOF) || err == nil && len(top.Content) == 0 {
		return &document{root: &yaml.Node{Kind: yaml.MappingNode, HeadComment: strings.TrimSpace(string(raw))}}, nil
	}
	if err != nil {
		return nil, malformed(path, syntax(err))
	}
	if !errors.Is(dec.Decode(&second), io.EOF) {
		return nil, malformed(path, "the file has more than one YAML document")
	}
	d := &document{root: top.Content[0]}
	if d.root.Tag == "!!null" {
		d.root = &yaml.Node{Kind: yaml.MappingNode, HeadComment: d.root.HeadComment, FootComment: d.root.FootComment}
	}
	if err := d.check(); err != nil {
		return nil, malformed(path, err.Error())
	}
	return d, nil
}

func malformed(path, what string) error {
	return fault.New(fault.Config, "%s: %s", path, what).WithHint("correct the file in an editor")
}

// syntax returns the YAML parser's message with a line number, which it leaves
// out for the first line. Quoted text may be a secret and is left out.
func syntax(err error) string {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if !strings.HasPrefix(what, "line ") {
		what = "line 1: " + what
	}
	return regexp.MustCompile(`'[^']*'|"[^"]*"`).ReplaceAllString(what, "'...'")
}

// check refuses what would be read wrongly, and warns of what is ignored.
func (d *document) check() error {
	if err := uniqueKeys(d.root, "the file"); err != nil {
		return err
	}
	for key, value := range pairs(d.root) {
		switch key.Value {
		case "current":
			if value.Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d: current is not a profile's name", value.Line)
			}
		case "profiles":
			if err := d.checkProfiles(value); err != nil {
				return err
			}
		default:
			d.warnUnknown(key, key.Value, []string{"current", "profiles"})
		}
	}
	return nil
}

func (d *document) checkProfiles(profiles *yaml.Node) error {
	if empty(profiles) {
		return nil
	}
	if err := uniqueKeys(profiles, "profiles"); err != nil {
		return err
	}
	for name, profile := range pairs(profiles) {
		if err := CheckProfileName(name.Value); err != nil {
			return fmt.Errorf("line %d: %w; use a-z, 0-9, dot, underscore and hyphen", name.Line, err)
		}
		if empty(profile) {
			continue
		}
		if err := uniqueKeys(profile, "profile "+name.Value); err != nil {
			return err
		}
		if err := d.checkKeys(name.Value, profile); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) checkKeys(name string, profile *yaml.Node) error {
	var known []string
	for _, k := range Keys() {
		known = append(known, k.Name)
	}
	for key, value := range pairs(profile) {
		where := "profiles." + name + "." + key.Value
		switch {
		case !slices.Contains(known, key.Value):
			d.warnUnknown(key, where, known)
		case value.Kind != yaml.ScalarNode:
			return fmt.Errorf("line %d: %s is not a single value", value.Line, where)
		case empty(value):
			d.warnings = append(d.warnings, fmt.Sprintf("line %d: %s is empty (a value with # after a space or at its start needs quotes)", key.Line, where))
		}
	}
	return nil
}

func (d *document) warnUnknown(key *yaml.Node, where string, known []string) {
	warning := fmt.Sprintf("line %d: unknown setting %s is ignored", key.Line, where)
	if near := Nearest(key.Value, known); near != "" {
		warning += "; did you mean " + near + "?"
	}
	d.warnings = append(d.warnings, warning)
}

func (d *document) profiles() *yaml.Node { return child(d.root, "profiles") }

// names returns the profiles in the order of the file.
func (d *document) names() []string {
	var names []string
	for name := range pairs(d.profiles()) {
		names = append(names, name.Value)
	}
	return names
}

func (d *document) has(name string) bool { return child(d.profiles(), name) != nil }

// values returns a profile's settings as they are written, without the empty ones.
func (d *document) values(name string) map[string]string {
	values := map[string]string{}
	for key, value := range pairs(child(d.profiles(), name)) {
		if value.Kind == yaml.ScalarNode && !empty(value) {
			values[key.Value] = value.Value
		}
	}
	return values
}

// current returns the profile that the file selects, "" for none.
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

// add adds a profile unless it is there, and returns its mapping.
func (d *document) add(name string) *yaml.Node {
	return mapping(put(mapping(put(d.root, "profiles")), name))
}

func (d *document) set(name, key, value string) { put(d.add(name), key).SetString(value) }

func (d *document) unset(name, key string) { drop(child(d.profiles(), name), key) }

func (d *document) remove(name string) { drop(d.profiles(), name) }

func (d *document) rename(from, to string) {
	for key := range pairs(d.profiles()) {
		if key.Value == from {
			key.SetString(to)
		}
	}
}

func (d *document) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(d.root); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}
