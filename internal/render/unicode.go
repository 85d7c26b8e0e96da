package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may sit on one character. Living
// scripts need a handful; more paints over the lines around.
const maxMarks = 6

// isHidden reports whether r has no shape of its own though it is not in Cf.
func isHidden(r rune) bool {
	switch {
	case r == 0x034F, // combining grapheme joiner
		r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, // Hangul fillers
		r == 0x17B4, r == 0x17B5, // Khmer inherent vowels
		r >= 0x180B && r <= 0x180F, // Mongolian selectors
		r == 0x2028, r == 0x2029,   // line and paragraph separators
		r >= 0xFFF0 && r <= 0xFFFB,   // specials
		r >= 0xE0000 && r <= 0xE0FFF: // tags, supplementary selectors
		return true
	}
	return false
}

// isJoining reports whether r belongs to a script whose letters joiners shape.
func isJoining(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
		unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
		unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar)
}

// context is what came just before: some characters are harmless only there.
type context struct {
	prev  rune // the last character, 0 at the start and after one that was replaced
	marks int  // combining marks since the last base character
}

func (c *context) kept(r rune) {
	if unicode.In(r, unicode.Mn, unicode.Me) && !isSelector(r) {
		c.marks++
	} else if !isSelector(r) {
		c.marks = 0
	}
	c.prev = r
}

func (c *context) replaced() { *c = context{} }

// harmless reports whether r, followed by rest, may reach a terminal as it is.
func (c *context) harmless(r rune, rest string) bool {
	switch {
	case r < 0x7F:
		return r >= ' '
	case r < 0xA0: // DEL and C1
		return false
	case r == 0x200D || r == 0x200C:
		return c.joins(r, rest)
	case isSelector(r):
		return c.selects(r)
	case isHidden(r) || unicode.In(r, unicode.Cf, unicode.Noncharacter_Code_Point):
		return false
	case unicode.In(r, unicode.Mn, unicode.Me):
		return c.marks < maxMarks
	default:
		return true
	}
}

// joins reports whether a joiner is in its place: within an emoji, or between
// the letters of a script that needs it.
func (c *context) joins(r rune, rest string) bool {
	next, size := utf8.DecodeRuneInString(rest)
	if size < 2 { // ASCII, invalid, or nothing
		return false
	}
	if r == 0x200D && isPictograph(next) && (isPictograph(c.prev) || c.prev == 0xFE0F) {
		return true
	}
	return isJoining(c.prev) && isJoining(next) && unicode.IsLetter(next)
}

func isSelector(r rune) bool { return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF }

// selects reports whether a variation selector has something to select: one
// after a symbol, digit or ideograph. Rows of them can carry hidden text.
func (c *context) selects(r rune) bool {
	if r == 0xFE0E || r == 0xFE0F {
		return isPictograph(c.prev) || strings.ContainsRune("0123456789#*", c.prev)
	}
	return unicode.Is(unicode.Han, c.prev)
}

// isPictograph reports whether emoji are made of characters such as r.
func isPictograph(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sk, unicode.Sm, unicode.Po) && r > 0x7F || r >= 0x1F000 && r <= 0x1FAFF
}

// flagLength is the length in bytes of one of the three flags that are written
// with tag characters at the start of s; 0 when there is none.
func flagLength(s string) int {
	const black = "\U0001F3F4"
	if !strings.HasPrefix(s, black) {
		return 0
	}
	for _, region := range []string{"gbeng", "gbsct", "gbwls"} {
		flag := black + strings.Map(func(r rune) rune { return 0xE0000 + r }, region) + "\U000E007F"
		if strings.HasPrefix(s, flag) {
			return len(flag)
		}
	}
	return 0
}
