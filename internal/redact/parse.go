package redact

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
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
