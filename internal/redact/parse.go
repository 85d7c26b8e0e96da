package redact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// Bounds of a rules file.
const (
	maxFile    = 1 << 20
	maxWords   = 1000
	maxRegexps = 100
	maxQueries = 100
	maxLength  = 1000 // characters of a word or a regular expression
)

// Load reads a file of rules. parse reads a query. Errors are fault.Usage and name
// file and line, never a word or a regular expression.
func Load(path string, parse func(string) (query.Query, error)) (*Rules, error) {
	f, err := fsutil.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "cannot read the redaction rules")
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s has more than 1 MiB", path)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "cannot read the redaction rules")
	}
	r, err := Parse(raw, parse)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "%s", path).WithHint("docs/redaction.md describes the file")
	}
	return r, nil
}

// Parse reads rules. Errors name the line. An empty file has every detector.
func Parse(raw []byte, parse func(string) (query.Query, error)) (*Rules, error) {
	root, err := document(raw)
	if err != nil {
		return nil, err
	}
	f := fileReader{parse: parse, detectors: Detectors()}
	err = members(root, map[string]func(*yaml.Node) error{
		"detectors": f.readDetectors,
		"words":     f.readWords,
		"regexps":   f.readRegexps,
		"queries":   f.readQueries,
		"allow": func(n *yaml.Node) error {
			return members(n, map[string]func(*yaml.Node) error{"fields": f.readFields, "texts": f.readTexts})
		},
	})
	if err != nil {
		return nil, err
	}
	r := newRules(raw, f.detectors, f.words)
	r.regexps, r.queries, r.fields = f.regexps, f.queries, f.fields
	for _, text := range f.texts {
		r.kept[bare(text)] = struct{}{}
		for _, h := range r.detect(normalOf(text).text) {
			r.kept[bare(h.literal)] = struct{}{}
		}
	}
	return r, nil
}

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

// members calls the function for each member of a mapping. No other member may be
// there.
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

// fileReader reads the members of a rules file.
type fileReader struct {
	parse     func(string) (query.Query, error)
	detectors []Detector
	words     []string
	regexps   []*regexp.Regexp
	queries   []query.Query
	fields    []Field
	texts     []string
}

func (f *fileReader) readDetectors(n *yaml.Node) error {
	f.detectors = []Detector{}
	return list(n, len(Detectors()), func(s string) error { return choose(&f.detectors, Detectors(), s, "detector") })
}

func (f *fileReader) readFields(n *yaml.Node) error {
	return list(n, len(Fields()), func(s string) error { return choose(&f.fields, Fields(), s, "field") })
}

func (f *fileReader) readWords(n *yaml.Node) error {
	return list(n, maxWords, func(s string) error {
		if strings.TrimSpace(normalOf(s).text) == "" {
			return errors.New("the word has no visible characters")
		}
		f.words = append(f.words, s)
		return nil
	})
}

func (f *fileReader) readTexts(n *yaml.Node) error {
	return list(n, maxWords, func(s string) error {
		f.texts = append(f.texts, s)
		return nil
	})
}

func (f *fileReader) readRegexps(n *yaml.Node) error {
	return list(n, maxRegexps, func(s string) error {
		pattern, err := regexp.Compile(s)
		if bad, ok := errors.AsType[*syntax.Error](err); ok {
			return fmt.Errorf("it is not a regular expression of RE2: %s", bad.Code)
		}
		if err != nil {
			return errors.New("it is not a regular expression of RE2")
		}
		if pattern.MatchString("") {
			return errors.New("the regular expression matches the empty text")
		}
		f.regexps = append(f.regexps, pattern)
		return nil
	})
}

func (f *fileReader) readQueries(n *yaml.Node) error {
	return list(n, maxQueries, func(s string) error {
		q, err := f.parse(s)
		f.queries = append(f.queries, q)
		return err
	})
}

// choose adds one of the values that there are.
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

// list calls add for each text of a list of at most so many.
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
