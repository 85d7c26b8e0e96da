package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/archive/tokens"
)

func isSpace(r rune) bool   { return unicode.IsSpace(r) }
func isOpening(r rune) bool { return r == '(' || r == '（' }
func isClosing(r rune) bool { return r == ')' || r == '）' }
func isColon(r rune) bool   { return r == ':' || r == '：' }
func isQuote(r rune) bool   { return r == '"' || r == '“' || r == '”' || r == '＂' }

// peek is the next character, 0 at the end. A NUL in a query is no end of it.
func (p *parser) peek() rune {
	if p.at == len(p.source) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(p.source[p.at:])
	if r == 0 {
		return utf8.RuneError
	}
	return r
}

// next moves past a character.
func (p *parser) next() {
	_, size := utf8.DecodeRuneInString(p.source[p.at:])
	p.at += size
}

func (p *parser) skipSpace() {
	for p.at < len(p.source) && isSpace(p.peek()) {
		p.next()
	}
}

// word reads up to a space, a parenthesis or a quote. It takes at least one
// character.
func (p *parser) word() string {
	start := p.at
	p.next()
	for p.at < len(p.source) {
		if r := p.peek(); isSpace(r) || isOpening(r) || isClosing(r) || isQuote(r) {
			break
		}
		p.next()
	}
	return p.source[start:p.at]
}

// phrase reads a text in quotes. \" stands for a quote, \\ for a backslash.
func (p *parser) phrase() (string, error) {
	start := p.at
	p.next()
	var text strings.Builder
	for p.at < len(p.source) {
		r := p.peek()
		from := p.at
		p.next()
		if isQuote(r) {
			if text.Len() == 0 {
				return "", p.fail(start, "nothing is in the quotes")
			}
			return text.String(), nil
		}
		if next := p.peek(); r == '\\' && (next == '\\' || isQuote(next)) {
			from = p.at
			p.next()
		}
		text.WriteString(p.source[from:p.at])
	}
	return "", p.fail(start, "the quote is not closed")
}

func newText(s string, sub bool) Text { return Text{Term: tokens.Normalize(s), Sub: sub} }
