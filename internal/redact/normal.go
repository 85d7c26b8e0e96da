package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normal is a text as rules see it: NFKC, digits of all scripts as 0 to 9, all dashes
// as -, without invisible characters. Letters keep their case.
type normal struct {
	text     string
	from, to []int // of each byte: the part of the original that it was made of; nil if text is the original
}

// normalOf returns the normal form of a text. Bytes that are no UTF-8 are left out.
func normalOf(s string) normal {
	if plain(s) {
		return normal{text: s}
	}
	n := normal{from: make([]int, 0, len(s)), to: make([]int, 0, len(s))}
	var b strings.Builder
	add := func(r rune, from, to int) {
		if r, seen := simplify(r); seen {
			size, _ := b.WriteRune(r)
			for range size {
				n.from, n.to = append(n.from, from), append(n.to, to)
			}
		}
	}
	for at := 0; at < len(s); {
		same := at + norm.NFKC.QuickSpanString(s[at:])
		for i, r := range s[at:same] {
			add(r, at+i, at+i+utf8.RuneLen(r))
		}
		if at = same; at == len(s) {
			break
		}
		end := at + norm.NFKC.NextBoundaryInString(s[at:], true)
		for _, r := range norm.NFKC.String(s[at:end]) {
			add(r, at, end)
		}
		at = end
	}
	n.text = b.String()
	return n
}

// original is the part of the original that a part of the normal form was made of.
func (n normal) original(at span) span {
	if n.from == nil {
		return at
	}
	return span{n.from[at.from], n.to[at.to-1]}
}

// plain reports whether a text is its own normal form: ASCII that prints.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// simplify is the normal form of a character of NFKC, and whether it is visible.
func simplify(r rune) (rune, bool) {
	switch {
	case r == '\n', r == '\t':
		return r, true
	case r == utf8.RuneError, strings.ContainsRune(blankLetters, r),
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn, unicode.Me):
		return 0, false
	case r < utf8.RuneSelf:
		return r, true
	case unicode.Is(unicode.Nd, r):
		return '0' + digit(r), true
	case unicode.Is(unicode.Pd, r), r == '−':
		return '-', true
	case strings.ContainsRune("·•‧・", r):
		return '.', true
	case unicode.IsSpace(r), r == '⠀':
		return ' ', true
	}
	return r, true
}

// blankLetters are letters that have no shape.
const blankLetters = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"

// digit is the value of a digit of any script. Unicode has them in runs of ten.
func digit(r rune) rune {
	before := rune(0)
	for unicode.Is(unicode.Nd, r-before-1) {
		before++
	}
	return before % 10
}
