package tokens

import (
	"strings"
	"unicode/utf8"
)

// Index is where a term first hits a text by the rule, in bytes, and -1 where it
// does not. Both are normalised. An empty term hits nothing.
func Index(text, term string) int {
	if term == "" {
		return -1
	}
	first, size := utf8.DecodeRuneInString(term)
	if classOf(first) != word {
		return strings.Index(text, term)
	}
	for from := 0; ; {
		at := strings.Index(text[from:], term)
		if at < 0 {
			return -1
		}
		if at += from; startsWord(text, at) {
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
