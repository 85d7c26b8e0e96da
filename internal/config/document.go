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
	warnings []string   // what is odd in the file but harmless
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
		return nil, broken(path, syntax(err))
	}
	if !errors.Is(dec.Decode(&second), io.EOF) {
		return nil, broken(path, "the file holds more than one YAML document")
	}
	d := &document{root: top.Content[0]}
	if d.root.Tag == "!!null" {
		d.root = &yaml.Node{Kind: yaml.MappingNode, HeadComment: d.root.HeadComment, FootComment: d.root.FootComment}
	}
	if err := d.check(); err != nil {
		return nil, broken(path, err.Error())
	}
	return d, nil
}

func broken(path, what string) error {
	return fault.New(fault.Config, "%s: %s", path, what).WithHint("mend the file in an editor")
}

// syntax says where the YAML parser stopped. It leaves the first line's number
// out, and what it cites from the file is left out here: it may be a secret.
func syntax(err error) string {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if !strings.HasPrefix(what, "line ") {
		what = "line 1: " + what
	}
	return regexp.MustCompile(`'[^']*'|"[^"]*"`).ReplaceAllString(what, "'...'")
}

// check refuses what would be read wrongly and collects what would be ignored.
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
		if !slices.Contains(known, key.Value) {
			d.warnUnknown(key, where, known)
			continue
		}
		if value.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: %s is not a single value", value.Line, where)
		}
		if empty(value) {
			d.warnings = append(d.warnings, fmt.Sprintf("line %d: %s is empty (a value with # after a space or at its start needs quotes)", key.Line, where))
		}
	}
	return nil
}

func (d *document) warnUnknown(key *yaml.Node, where string, known []string) {
	warning := fmt.Sprintf("line %d: %s is no setting and is ignored", key.Line, where)
	if near := nearest(key.Value, known); near != "" {
		warning += "; did you mean " + near + "?"
	}
	d.warnings = append(d.warnings, warning)
}
