// Package tokens holds the rule by which a word is found in a text, and the
// tokens by which an index finds the texts to look at.
//
// Text and terms are normalised first: Unicode NFKC, case folded. A term hits a
// text wherever it occurs in it. Only where the term begins with a letter, digit
// or mark of a script that puts spaces between words must it begin at a word's
// start. A word is a maximal run of those. Index is this rule as a scan.
//
// The index's part: each word of a text is one token, and so is each other
// letter and each symbol. Punctuation, spaces and control characters have none.
// A text that a term hits has the tokens of the term one after the other, the
// last one perhaps as the beginning of a token (PhraseOf). The reverse does not
// hold, so every candidate is held against the rule.
package tokens

import (
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// scheme changes with the rule, the classes and the form of tokens.
const scheme = "1"

// Version names the rule and the Unicode tables it reads. An index with another
// version must be built anew.
func Version() string { return scheme + "/" + unicode.Version + "/" + norm.Version }
