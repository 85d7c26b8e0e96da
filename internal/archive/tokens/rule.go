package tokens

import (
	"strings"
	"unicode/utf8"
)

// Index is where a term first hits a text by the rule, in bytes, and -1 where it
// does not. Both are normalised. An empty term hits nothing.
func Index(text, term string) int { return IndexFrom(text, term, 0) }

// IndexFrom is Index from an offset on.
func IndexFrom(text, term string, from int) int {
	if term == "" {
		return -1
	}
	first, size := utf8.DecodeRuneInString(term)
	atStart := classOf(first) == word
	for {
		at := strings.Index(text[from:], term)
		if at < 0 {
			return -1
		}
		if at += from; !atStart || startsWord(text, at) {
			return at
		}
		from = at + size
	}
}

// startsWord reports whether no word goes on at an offset.
func startsWord(text string, at int) bool {
	for at > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:at])
		if c := classOf(r); c != joined {
			return c != word
		}
		at -= size
	}
	return true
}
