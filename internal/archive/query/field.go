package query

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Fields are the names of the fields, in the order of the documentation.
func Fields() []string {
	return []string{"from", "to", "in", "with", "kind", "before", "after", "on", "has", "file", "sub"}
}

// fieldName takes the name of a field and its colon, if they come next. Any
// other word with a colon, such as a URL, is a word.
func (p *parser) fieldName() (string, bool) {
	rest := p.source[p.at:]
	for _, name := range Fields() {
		if len(rest) <= len(name) || !strings.EqualFold(rest[:len(name)], name) {
			continue
		}
		if r, size := utf8.DecodeRuneInString(rest[len(name):]); isColon(r) {
			p.at += len(name) + size
			return name, true
		}
	}
	return "", false
}

// field reads the value of a field whose name begins at start.
func (p *parser) field(name string, start int) (Expr, error) {
	at := p.at
	value, err := p.value(name, start)
	if err != nil {
		return nil, err
	}
	switch name {
	case "from":
		return From{value}, nil
	case "to":
		return To{value}, nil
	case "in":
		return In{value}, nil
	case "with":
		return With{value}, nil
	case "file":
		return File{tokens.Normalize(value)}, nil
	case "sub":
		return newText(value, true), nil
	case "kind":
		return p.kind(value, at)
	case "has":
		if tokens.Normalize(value) != "attachment" {
			return nil, p.fail(at, "has: takes only attachment (kind: selects a kind), not %q,", value)
		}
		return HasAttachment{}, nil
	}
	return p.time(name, value, at)
}

// value reads a field's value: a word or a phrase, right after the colon.
func (p *parser) value(name string, start int) (string, error) {
	switch r := p.peek(); {
	case r == 0, isSpace(r), isOpening(r), isClosing(r):
		return "", p.fail(start, "%s: has no value", name)
	case isQuote(r):
		return p.phrase()
	}
	return p.word(), nil
}

func (p *parser) kind(value string, at int) (Expr, error) {
	kind := roaming.Kind(tokens.Normalize(value))
	kinds := append(roaming.Kinds(), roaming.Unknown)
	if !slices.Contains(kinds, kind) {
		var names []string
		for _, k := range kinds {
			names = append(names, string(k))
		}
		return nil, p.fail(at, "unknown message kind %q: one of %s,", value, strings.Join(names, ", "))
	}
	return Kind{kind}, nil
}

func (p *parser) time(name, value string, at int) (Expr, error) {
	start, err := p.times.Start(value)
	if err != nil {
		return nil, p.fail(at, "%s: %v,", name, err)
	}
	switch name {
	case "after":
		return Time{After: start}, nil
	case "before":
		return Time{Before: start}, nil
	}
	end, err := p.times.End(value)
	if err != nil {
		return nil, p.fail(at, "%s: %v,", name, err)
	}
	return Time{After: start, Before: end.Add(time.Millisecond)}, nil
}
