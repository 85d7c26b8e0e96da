package tokens

import (
	"unicode"
	"unicode/utf8"
)

// class is what a character is to the rule.
type class uint8

const (
	none   class = iota // space, punctuation, control and format characters: no token
	solo                // a token of its own, found anywhere
	word                // a letter, digit or mark of a script with spaces between words
	joined              // a mark of no script of its own: it belongs to what stands before it
)

// classOf is the class of a character of a normalised text.
func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return asciiClass(r)
	case r >= 0x4e00 && r <= 0x9fff, // Han, before the slower tables
		r >= 0xac00 && r <= 0xd7a3,                             // hangul syllables
		r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa: // kana
		return solo
	case unicode.In(r, unicode.Z, unicode.P, unicode.Cc, unicode.Cf):
		return none
	case unicode.IsMark(r) && unicode.In(r, unicode.Inherited, unicode.Common):
		return joined
	case !unicode.In(r, unicode.L, unicode.N, unicode.M), unspaced(r):
		return solo // symbols, private use and what Unicode has not assigned yet, too
	}
	return word
}

// asciiClass is classOf below U+0080.
func asciiClass(r rune) class {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
		return word
	case r == '$', r == '+', r == '<', r == '=', r == '>', r == '^', r == '`', r == '|', r == '~':
		return solo
	}
	return none
}

// unspaced reports whether a letter, digit or mark is of a script that puts no
// spaces between words.
func unspaced(r rune) bool {
	// The block has letters of no script, such as the kana's length mark.
	if r >= 0x3000 && r <= 0x31ff {
		return true
	}
	return unicode.In(
		r,
		unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
		unicode.Tai_Le, unicode.New_Tai_Lue, unicode.Tai_Tham, unicode.Tai_Viet,
		unicode.Javanese, unicode.Balinese, unicode.Tangut, unicode.Nushu, unicode.Khitan_Small_Script,
	)
}
