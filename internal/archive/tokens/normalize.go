package tokens

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize gives a text the form that is searched: NFKC, case folded, bytes
// that are no UTF-8 as U+FFFD.
func Normalize(s string) string {
	plain := true
	for _, r := range s {
		to, ok := simple(r)
		if !ok {
			return normalizeAny(s)
		}
		plain = plain && to == r
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		to, _ := simple(r)
		return to
	}, s)
}

// normalizeAny is Normalize for any text. Folding can undo the normal form.
func normalizeAny(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	// A Caser may have state, so each text gets its own.
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}

// simple is the normal form of the characters that chats in Chinese, Japanese,
// Korean and ASCII are mostly made of. None of them combines with its neighbours.
func simple(r rune) (rune, bool) {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A', true
	case r < utf8.RuneSelf,
		r >= 0x4e00 && r <= 0x9fff,                             // Han
		r >= 0xac00 && r <= 0xd7a3,                             // hangul syllables
		r >= 0x3001 && r <= 0x3029,                             // CJK punctuation
		r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fe, // kana
		r >= 0x1f300 && r <= 0x1f64f,                                    // emoji
		r == 0x2014, r == 0x2018, r == 0x2019, r == 0x201c, r == 0x201d: // dash, quotes
		return r, true
	case r == 0x3000:
		return ' ', true
	case r >= 0xff01 && r <= 0xff5e: // full-width ASCII
		return simple(r - 0xff01 + '!')
	}
	return 0, false
}
