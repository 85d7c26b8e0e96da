package query

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/fault"
)

// Bounds of a query. They keep hostile ones from taking the stack or the day.
const (
	maxLength = 10_000 // bytes
	maxDepth  = 50     // parentheses within each other
)

// Times reads the times of before:, after: and on:. Both functions know the
// zone. A day means its first moment to Start and its last millisecond to End.
type Times struct {
	Start, End func(string) (time.Time, error)
}

// Parse reads a query. Errors are fault.Usage, with a SyntaxError that points at
// the character.
func Parse(source string, times Times) (Query, error) {
	p := parser{source: source, times: times}
	if len(source) > maxLength {
		return Query{}, p.fail(len(source), "a query has at most %d bytes; this one is too long", maxLength)
	}
	if !utf8.ValidString(source) {
		return Query{}, p.fail(len(source), "the query is not UTF-8")
	}
	e, err := p.either()
	if err != nil {
		return Query{}, err
	}
	if p.at < len(source) { // either ends at the end or at a closing parenthesis
		return Query{}, p.fail(p.at, "no parenthesis is open")
	}
	return Query{Source: source, Expr: e}, nil
}

type parser struct {
	source string
	at     int // bytes read
	depth  int
	times  Times
}

// either reads alternatives: a b OR c.
func (p *parser) either() (Expr, error) {
	var parts Or
	for {
		e, err := p.all()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if !p.takeOr() {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

// all reads what must all be true, up to OR, a closing parenthesis or the end.
func (p *parser) all() (Expr, error) {
	var parts And
	for {
		p.skipSpace()
		if p.ends() {
			break
		}
		e, err := p.unary()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
	}
	switch len(parts) {
	case 0:
		return nil, p.fail(p.at, "a word is missing")
	case 1:
		return parts[0], nil
	}
	return parts, nil
}

// ends reports whether the parts of an And end here.
func (p *parser) ends() bool {
	r := p.peek()
	return r == 0 || isClosing(r) || p.orLength() > 0
}

// unary reads one part, with the minus before it if there is one.
func (p *parser) unary() (Expr, error) {
	if p.peek() != '-' {
		return p.primary()
	}
	start := p.at
	p.at++
	if r := p.peek(); r == 0 || isSpace(r) || isClosing(r) {
		return nil, p.fail(start, "a word is missing after -")
	}
	if p.peek() == '-' {
		return nil, p.fail(p.at, "two minus signs; put quotes around a text that begins with one")
	}
	e, err := p.primary()
	if err != nil {
		return nil, err
	}
	return Not{e}, nil
}

// primary reads a group in parentheses, a phrase, a field or a word.
func (p *parser) primary() (Expr, error) {
	start := p.at
	switch r := p.peek(); {
	case isOpening(r):
		return p.group()
	case isQuote(r):
		text, err := p.phrase()
		if err != nil {
			return nil, err
		}
		return newText(text, false), nil
	}
	if name, ok := p.fieldName(); ok {
		return p.field(name, start)
	}
	return newText(p.word(), false), nil
}

// group reads what stands in parentheses.
func (p *parser) group() (Expr, error) {
	start := p.at
	p.depth++
	if p.depth > maxDepth {
		return nil, p.fail(start, "more than %d parentheses within each other", maxDepth)
	}
	p.next()
	e, err := p.either()
	if err != nil {
		return nil, err
	}
	if !isClosing(p.peek()) {
		return nil, p.fail(start, "the parenthesis is not closed")
	}
	p.next()
	p.depth--
	return e, nil
}

// orLength is the length of the word OR where the parser stands, or 0.
func (p *parser) orLength() int {
	rest, ok := strings.CutPrefix(p.source[p.at:], "OR")
	if !ok {
		return 0
	}
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && !isSpace(r) && !isOpening(r) && !isClosing(r) {
		return 0
	}
	return len("OR")
}

func (p *parser) takeOr() bool {
	n := p.orLength()
	p.at += n
	return n > 0
}

// SyntaxError says where a query can't be read.
type SyntaxError struct {
	Query  string
	At     int // the character, from 1; one past the last at the end
	Reason string
}

// Error names the character and its place.
func (e *SyntaxError) Error() string {
	runes := []rune(e.Query)
	if e.At > len(runes) {
		return fmt.Sprintf("%s at the end of the query", e.Reason)
	}
	return fmt.Sprintf("%s at character %d (%q)", e.Reason, e.At, runes[e.At-1])
}

// fail is a fault.Usage for the character at a byte offset.
func (p *parser) fail(offset int, format string, args ...any) *fault.Error {
	at := utf8.RuneCountInString(p.source[:offset]) + 1
	err := &SyntaxError{Query: p.source, At: at, Reason: fmt.Sprintf(format, args...)}
	return fault.Wrap(fault.Usage, err, "cannot read the query")
}
